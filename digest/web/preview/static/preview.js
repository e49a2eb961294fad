// The page looks again when something was saved, and whenever something is chosen, without losing
// its place. Everything here also works without it, by links and forms; nothing is kept but scroll.
import { lookIntoMailbox } from "./mailbox.js";
import { refreshComponents, startComponents } from "./components.js";
import { updateStage, startStage, findText, findLink } from "./stage.js";

let asking = null;
let waiting = 0;

// Fetch an address of this page and put what is another into place.
export async function go(url, { push = true } = {}) {
  if (!document.body.classList.contains("view")) return location.assign(url);
  asking?.abort();
  clearTimeout(waiting);
  // Told at once: what is chosen next starts from here, also while this is under way.
  if (push && url !== location.pathname + location.search + location.hash) history.pushState(null, "", url);
  const mine = (asking = new AbortController());
  let text;
  try {
    const answer = await fetch(url, { signal: mine.signal, headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    text = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError") say("lost", "Lost");
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  if (!page.body.classList.contains("view")) return location.assign(url);
  document.title = page.title;
  swap(page);
  updateStage(page);
  if (push) showTab();
  if (push) pointOut(new URL(url, location.href).hash.slice(1));
  document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn ?? 0) + 1);
}

function swap(page) {
  const focused = document.activeElement?.id || keyOf(document.activeElement);
  document.body.dataset.tab = page.body.dataset.tab;
  for (const fresh of page.querySelectorAll("[data-region]")) {
    const old = document.querySelector(`[data-region="${fresh.dataset.region}"]`);
    if (!old) continue;
    keepHidden(old, fresh);
    if (old.outerHTML === fresh.outerHTML) continue;
    const sameTab = old.getAttribute("aria-label") === fresh.getAttribute("aria-label");
    const scrolled = sameTab ? old.scrollTop : 0;
    const sideways = sameTab ? old.scrollLeft : 0;
    old.replaceWith(document.adoptNode(fresh));
    fresh.scrollTop = scrolled;
    fresh.scrollLeft = sideways;
  }
  const test = page.querySelector("#send-test");
  if (test) document.querySelector("#send-test").href = test.getAttribute("href");
  if (focused && document.activeElement === document.body) {
    (document.getElementById(focused) ?? [...document.querySelectorAll("a[data-go]")].find((each) => keyOf(each) === focused))?.focus({ preventScroll: true });
  }
}

// An error that was put aside stays there until another one comes.
function keepHidden(old, fresh) {
  const [was, now] = [old, fresh].map((each) => each.querySelector(".overlay"));
  if (!now || !was?.classList.contains("hidden")) return;
  if (was.querySelector("ol").textContent !== now.querySelector("ol").textContent) return;
  now.classList.add("hidden");
  now.querySelector("[data-hide]").textContent = "Show";
}

// What a link is called, so that the focus stays on it when its address has changed.
function keyOf(element) {
  return element?.matches?.("a[data-go]") ? element.closest("[data-region]")?.dataset.region + element.textContent.trim() : "";
}

// On a small screen the tabs are a strip: the open one is in sight.
function showTab() {
  const strip = document.querySelector(".tabs");
  const open = strip?.querySelector("[aria-current]");
  if (!open) return;
  const [outer, inner] = [strip.getBoundingClientRect(), open.getBoundingClientRect()];
  strip.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
}

// A link to a place in a panel leads there, also for who reads by keyboard or ear.
function pointOut(id) {
  const place = id && document.getElementById(id);
  if (!place) return;
  place.scrollIntoView({ block: "center" });
  place.focus({ preventScroll: true });
}

function say(state, words) {
  const live = document.querySelector("#live");
  live.dataset.live = state;
  live.textContent = words;
}

function listen() {
  const events = new EventSource("/events");
  let known = false;
  events.addEventListener("hello", () => {
    say("on", "Live");
    if (known) again();
    known = true;
  });
  events.addEventListener("captured", lookIntoMailbox);
  for (const kind of ["changed", "checked"]) events.addEventListener(kind, again);
  events.onerror = () => say("lost", "Lost");
}

function again(event) {
  // What is found out of an issue changes no component.
  if (document.body.classList.contains("components") && event?.type !== "checked") refreshComponents();
  if (document.body.classList.contains("view")) go(location.pathname + location.search, { push: false });
}

document.addEventListener("click", (event) => {
  const plain = !event.defaultPrevented && event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  const link = event.target.closest("a[data-go]");
  if (link && plain) {
    event.preventDefault();
    go(withWords(link.getAttribute("href")));
  }
  const find = event.target.closest("[data-find]");
  if (find) withStage(() => findText(find.dataset.find));
  const findsLink = event.target.closest("[data-find-link]");
  if (findsLink) withStage(() => findLink(Number(findsLink.dataset.findLink)));
  const hide = event.target.closest("[data-hide]");
  if (hide) hide.textContent = document.getElementById(hide.dataset.hide).classList.toggle("hidden") ? "Show" : "Hide";
});

// On a small screen a panel stands alone: the stage is shown before something is pointed at.
async function withStage(point) {
  if (!document.querySelector("#stage").offsetParent) {
    await go(document.querySelector('a[data-key="1"]').getAttribute("href"));
  }
  point();
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "q" || !document.body.classList.contains("view")) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => search(event.target.value), 120);
});
document.addEventListener("submit", (event) => {
  if (event.target.id !== "search") return;
  event.preventDefault();
  clearTimeout(waiting);
  search(event.target.elements.q.value);
});

// What was typed stays, also when something is chosen before it was looked for; so do the widths.
function withWords(address) {
  const words = document.querySelector("#q")?.value;
  const url = new URL(address, location.href);
  const now = new URL(location.href).searchParams;
  for (const device of ["phone", "desktop"]) {
    now.has(device) ? url.searchParams.set(device, now.get(device)) : url.searchParams.delete(device);
  }
  words ? url.searchParams.set("q", words) : url.searchParams.delete("q");
  return url.pathname + url.search + url.hash;
}

function search(words) {
  const url = new URL(location.href);
  words ? url.searchParams.set("q", words) : url.searchParams.delete("q");
  history.replaceState(null, "", url.pathname + url.search);
  go(url.pathname + url.search, { push: false });
}

// 1-9 and 0 tabs, D dark, B blocks, arrows language, / search.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [role=separator]")) return;
  if (event.key === "/") {
    event.preventDefault();
    document.querySelector("#column")?.setAttribute("open", "");
    document.querySelector("#q")?.focus();
  } else if (/^[0-9]$/.test(event.key)) {
    document.querySelector(`a[data-key="${event.key}"]`)?.click();
  } else if (event.key.toLowerCase() === "d") {
    const dark = document.querySelector('a[data-scheme="dark"]');
    (dark?.hasAttribute("aria-current") ? document.querySelector('a[data-scheme="light"]') : dark)?.click();
  } else if (event.key.toLowerCase() === "b") {
    document.querySelector('a[data-look="blocks"]')?.click();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    if (event.target.closest(".code, .excerpt, .ruled, .tabs, .looks")) return;
    const languages = [...document.querySelectorAll('[aria-labelledby="choices-language"] a')];
    const now = languages.findIndex((each) => each.hasAttribute("aria-current"));
    const next = now + (event.key === "ArrowRight" ? 1 : -1);
    languages[(next + languages.length) % languages.length]?.click();
  }
});

addEventListener("popstate", () => go(location.pathname + location.search, { push: false }));

if (matchMedia("(max-width: 899px)").matches) document.querySelector("#column")?.removeAttribute("open");
if (document.body.classList.contains("view")) startStage();
if (document.body.classList.contains("components")) startComponents();
showTab();
listen();
