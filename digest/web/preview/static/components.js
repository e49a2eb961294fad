// The Components page. A frame that is seen is of no origin, so a second one, unseen and without
// scripts as well, is measured, once for each language, and taken away again.

const NEAR = "600px";
const HIGHEST = 6000;
let near = null;
let asked = 0;

export function startComponents() {
  near = new IntersectionObserver((seen) => {
    for (const each of seen) if (each.isIntersecting) measure(each.target);
  }, { rootMargin: NEAR });
  watch();
  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { near.disconnect(); watch(); }, 150);
  });
  document.querySelector("#filter").addEventListener("submit", (event) => event.preventDefault());
  document.querySelector("#q").addEventListener("input", filter);
  filter();
}

function watch() {
  for (const each of document.querySelectorAll(".drawing")) near.observe(each);
}

function measure(drawing) {
  near.unobserve(drawing);
  const seen = [...drawing.querySelectorAll("iframe.drawn")];
  const frame = document.createElement("iframe");
  frame.className = "measured";
  frame.setAttribute("sandbox", "allow-same-origin");
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  frame.width = String(seen[0].clientWidth);
  frame.addEventListener("load", () => {
    const root = frame.contentDocument?.documentElement;
    const height = Math.max(root?.scrollHeight && frame.contentDocument.body ? frame.contentDocument.body.scrollHeight : 0, 40);
    for (const each of seen) each.style.height = `${Math.min(height, HIGHEST) + 2}px`;
    drawing.dataset.high = String(height);
    frame.remove();
  }, { once: true });
  frame.src = drawing.dataset.measured;
  drawing.append(frame);
}

// What is typed hides what does not match, and stands in the address.
function filter() {
  const words = document.querySelector("#q").value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const each of document.querySelectorAll(".component")) {
    each.hidden = !words.every((word) => each.dataset.words.toLowerCase().includes(word));
    shown += each.hidden ? 0 : 1;
  }
  document.querySelector("#none").hidden = shown > 0;
  const url = new URL(location.href);
  words.length ? url.searchParams.set("q", words.join(" ")) : url.searchParams.delete("q");
  history.replaceState(null, "", url.pathname + url.search);
}

// Something was saved: what is another comes into its place, and the page stays where it is.
export async function refreshComponents() {
  const mine = (asked += 1);
  const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // Something was saved again meanwhile, and that answer is the one that counts.
  if (mine !== asked) return;
  const fresh = page.querySelector("#exhibits");
  const old = document.querySelector("#exhibits");
  if (!fresh) return;
  const open = new Set([...old.querySelectorAll("details[open]")].map((each) => each.closest(".component").id));
  const heights = new Map([...old.querySelectorAll(".component")].map((each) => [each.id, [...each.querySelectorAll(".drawn")].map((one) => one.style.height)]));
  for (const each of fresh.querySelectorAll(".component")) {
    each.querySelector("details").open = open.has(each.id);
    for (const [at, one] of each.querySelectorAll(".drawn").entries()) one.style.height = heights.get(each.id)?.[at] ?? "";
  }
  const scrolled = [old.scrollTop, scrollY];
  near.disconnect();
  old.replaceChildren(...[...fresh.childNodes].map((each) => document.adoptNode(each)));
  old.scrollTop = scrolled[0];
  scrollTo(0, scrolled[1]);
  filter();
  watch();
  document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn ?? 0) + 1);
}
