// The list of captured mail looks again when mail came, and keeps the focus and the scroll.

export async function lookIntoMailbox() {
  if (!document.body.classList.contains("mailbox")) return;
  const answer = await fetch(location.pathname + location.search).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector('[data-region="letters"]');
  const old = document.querySelector('[data-region="letters"]');
  if (!fresh || !old || fresh.innerHTML === old.innerHTML) return;
  const focused = document.activeElement?.getAttribute("href");
  old.replaceWith(document.adoptNode(fresh));
  if (focused && document.activeElement === document.body) {
    [...fresh.querySelectorAll("a")].find((each) => each.getAttribute("href") === focused)?.focus({ preventScroll: true });
  }
}
