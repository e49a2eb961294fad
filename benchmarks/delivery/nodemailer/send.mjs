// Nodemailer's pool, fed as its manual says: whenever it is idle. It builds each message of the
// texts; with --prepared the bytes lie ready and only the reader's number is put in.
// node send.mjs SITE PORT CONNECTIONS MESSAGES [--prepared]
import { readFileSync } from 'node:fs'
import nodemailer from 'nodemailer'

const [site, port, connections, messages, prepared] = process.argv.slice(2)
const bytes = (text) => Buffer.from(text, 'latin1')
const parts = readFileSync(`${site}/message.eml`, 'latin1').split('0000000').map(bytes)
const edition = JSON.parse(readFileSync(`${site}/edition.json`, 'utf8'))
edition.comments.forEach((comment, n) => {
  edition.html = edition.html.replace(`{{comment ${n}}}`, () => comment)
})
const pool = nodemailer.createTransport({
  host: '127.0.0.1',
  port: Number(port),
  secure: false,
  ignoreTLS: true,
  pool: true,
  maxConnections: Number(connections),
  maxMessages: Infinity,
})

const ready = (number) => {
  const written = Buffer.from(number)
  return { raw: Buffer.concat(parts.flatMap((part, n) => (n ? [written, part] : [part]))) }
}

const built = (number) => {
  const name = `Reader ${number}`
  const link = `https://news.example.org/l/AQEjj6LxFwWSzAAAAAHUy2t${number}C`
  const fill = (text) => text.replace('{{.Greeting}}', `Hello ${name},`).replaceAll('{{.LeaveURL}}', link)
  return {
    from: edition.from,
    to: { name, address: `reader.${number}@mail.example` },
    subject: edition.subject,
    headers: { ...edition.headers, 'List-Unsubscribe': `<${link}>` },
    text: { content: fill(edition.text), contentTransferEncoding: 'base64' },
    html: { content: fill(edition.html), contentTransferEncoding: 'base64' },
  }
}

const message = prepared ? ready : built
const startedAt = process.hrtime.bigint()
const before = process.cpuUsage()
let begun = 0
let done = 0

const report = () => {
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9
  const used = process.cpuUsage(before)
  const status = readFileSync('/proc/self/status', 'latin1').match(/VmHWM:\s+(\d+)/)
  const cpu = (used.user + used.system) / 1e6
  console.log(JSON.stringify({ messages: done, seconds, cpu, peak: Number(status?.[1] ?? 0) / 1024 }))
  pool.close()
}

const feed = () => {
  while (begun < Number(messages) && pool.isIdle()) {
    const number = String(++begun).padStart(7, '0')
    const envelope = { from: 'takeaway@news.example', to: [`reader.${number}@mail.example`] }
    pool.sendMail({ ...message(number), envelope }, (error) => {
      if (error) {
        console.error(error.message)
        process.exit(1)
      }
      if (++done === Number(messages)) report()
    })
  }
}

pool.on('idle', feed)
feed()
