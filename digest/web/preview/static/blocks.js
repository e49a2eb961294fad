// The blocks of the mail as links to where they are written, laid over the mail that is seen. The
// measured mail says where each of them is, the page (#blocks) which file it leads to; nothing of
// the mail becomes an address.

const ROOM = 3;

export function drawBlocks(pane) {
  const old = pane.screen.querySelector(".blocks");
  const focused = old?.contains(document.activeElement) ? document.activeElement.dataset.at : null;
  const fresh = layer(pane);
  old?.remove();
  if (!fresh) return;
  pane.screen.append(fresh);
  if (focused !== null) fresh.querySelector(`[data-at="${focused}"]`)?.focus({ preventScroll: true });
}

function layer(pane) {
  const known = new Map([...document.querySelectorAll("#blocks [data-block]")].map((each) => [each.dataset.block, each]));
  const mail = pane.measured?.contentDocument;
  if (!known.size || !mail) return null;
  const list = document.createElement("ul");
  list.className = "blocks";
  list.setAttribute("aria-label", `Blocks of the mail, ${pane.section.dataset.pane}`);
  for (const [at, element] of mail.querySelectorAll("[data-block]").entries()) {
    const block = known.get(element.dataset.block);
    const box = element.getBoundingClientRect();
    if (block && box.width && box.height) list.append(link(block, box, at));
  }
  return list;
}

function link(block, box, at) {
  const made = document.createElement("a");
  const place = block.title;
  if (block.hasAttribute("href")) made.href = block.getAttribute("href");
  made.title = place;
  made.dataset.at = at;
  made.dataset.place = place.split("/").slice(-2).join("/");
  made.setAttribute("aria-label", `${block.textContent}: ${place}`);
  Object.assign(made.style, { left: `${box.left - ROOM}px`, top: `${box.top - ROOM}px`, width: `${box.width + 2 * ROOM}px`, height: `${box.height + 2 * ROOM}px` });
  const item = document.createElement("li");
  item.append(made);
  return item;
}
