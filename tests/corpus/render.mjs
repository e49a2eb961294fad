// Renders MJML documents with MJML 5: `node render.mjs FOLDER DOCUMENT...` writes FOLDER/<name>.html.
// Refused is what MJML's own strict validation refuses; nothing is minified or beautified.
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import mjml2html from 'mjml'

const [folder, ...documents] = process.argv.slice(2)
for (const document of documents) {
  const source = await readFile(document, 'utf8')
  const { html } = await mjml2html(source, { validationLevel: 'strict', fonts: {}, keepComments: true })
  await writeFile(join(folder, `${basename(document, '.mjml')}.html`), html)
}
