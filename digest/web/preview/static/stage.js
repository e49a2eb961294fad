// The devices of the stage. The mail that is seen is in a sandbox that nobody can look into, so a
// second one, unseen and without scripts as well, is measured: it gives the height, so that the
// scrolling is ours and stays where it was, and it says where in the mail something stands.

import { drawBlocks } from "./blocks.js";

const NARROWEST = 320;
const WIDEST = 1200;

class Pane {
  constructor(section) {
    this.section = section;
    this.screen = section.querySelector(".screen");
    this.seen = section.querySelector("iframe.seen");
    this.input = section.querySelector("[data-size]");
    this.grip = section.querySelector("[data-grip]");
    this.width = Number(section.dataset.width);
    this.url = section.dataset.url;
    this.measuredUrl = section.dataset.measured;
    this.input.addEventListener("change", () => this.resize(Number(this.input.value)));
    this.grip.addEventListener("keydown", (event) => this.nudge(event));
    this.grip.addEventListener("pointerdown", (event) => this.drag(event));
    this.resize(this.width, false);
    this.measure(section.dataset.measured);
  }

  // Show another mail: it is loaded unseen, and takes the place of the old one when it is there.
  async show(url, measuredUrl) {
    const fresh = measuredUrl !== this.measuredUrl;
    this.measuredUrl = measuredUrl;
    if (url === this.url) return fresh ? this.measure(measuredUrl) : drawBlocks(this);
    this.url = url;
    this.screen.querySelector(".found")?.remove();
    const coming = this.frame("seen coming", "", this.seen.title);
    this.screen.append(coming);
    const measured = this.measure(measuredUrl);
    await Promise.all([loaded(coming, url), measured]);
    if (this.url !== url) return coming.remove();
    const scrolled = this.screen.scrollTop;
    this.seen.remove();
    coming.classList.remove("coming");
    this.seen = coming;
    this.fit();
    this.screen.scrollTop = scrolled;
    this.section.dataset.drawn = url;
  }

  async measure(url) {
    const fresh = this.frame("measured", "allow-same-origin", "");
    fresh.tabIndex = -1;
    fresh.setAttribute("aria-hidden", "true");
    this.section.append(fresh);
    await loaded(fresh, url);
    // Another one was asked for meanwhile, and is the one that counts.
    if (url !== this.measuredUrl) return fresh.remove();
    this.measured?.remove();
    this.measured = fresh;
    this.fit();
  }

  frame(names, sandbox, title) {
    const made = document.createElement("iframe");
    made.className = names;
    made.setAttribute("sandbox", sandbox);
    made.title = title;
    made.width = String(this.width);
    return made;
  }

  fit() {
    const root = this.measured?.contentDocument?.documentElement;
    if (!root) return;
    const height = Math.max(root.scrollHeight, this.measured.contentDocument.body?.scrollHeight ?? 0, 120);
    // A frame that is as high as its mail never scrolls by itself, whatever is above or below it.
    this.seen.style.height = `${Math.min(height, 30000)}px`;
    drawBlocks(this);
  }

  resize(width, told = true) {
    const now = Math.min(Math.max(Math.round(width) || this.width, NARROWEST), WIDEST);
    this.width = now;
    this.input.value = String(now);
    this.grip.setAttribute("aria-valuenow", String(now));
    this.seen.width = String(now);
    this.screen.style.width = `${now + (this.screen.offsetWidth - this.screen.clientWidth)}px`;
    if (this.measured) {
      this.measured.style.height = "";
      this.measured.width = String(now);
      this.fit();
    }
    if (!told) return;
    const url = new URL(location.href);
    const usual = { phone: 375, desktop: 700 }[this.section.dataset.pane];
    now === usual ? url.searchParams.delete(this.section.dataset.pane) : url.searchParams.set(this.section.dataset.pane, now);
    history.replaceState(null, "", url.pathname + url.search);
  }

  nudge(event) {
    const step = { ArrowLeft: -10, ArrowRight: 10, Home: NARROWEST - this.width, End: WIDEST - this.width }[event.key];
    if (!step) return;
    event.preventDefault();
    this.resize(this.width + step);
  }

  drag(event) {
    event.preventDefault();
    const from = event.clientX;
    const width = this.width;
    const move = (moved) => this.resize(width + moved.clientX - from);
    const end = () => {
      document.body.classList.remove("resizing");
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
    // A frame under the pointer would swallow its moves.
    document.body.classList.add("resizing");
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  // Scroll to an element of the measured mail, and mark its place on the mail that is seen.
  point(element) {
    if (!element || !this.section.offsetParent) return false;
    const box = element.getBoundingClientRect();
    this.screen.querySelector(".found")?.remove();
    const mark = document.createElement("div");
    mark.className = "found";
    Object.assign(mark.style, { left: `${box.left - 6}px`, top: `${box.top - 6}px`, width: `${box.width + 12}px`, height: `${box.height + 12}px` });
    this.screen.append(mark);
    this.screen.scrollTo({ top: Math.max(0, box.top - 80) });
    setTimeout(() => mark.remove(), 2500);
    return true;
  }
}

function loaded(frame, url) {
  return new Promise((resolve) => {
    frame.addEventListener("load", resolve, { once: true });
    frame.src = url;
  });
}

let panes = [];

export function startStage() {
  panes = [...document.querySelectorAll("[data-pane]")].map((section) => new Pane(section));
}

export function updateStage(page) {
  const stage = document.querySelector("#stage");
  const fresh = page.querySelector("#stage");
  stage.dataset.show = fresh.dataset.show;
  stage.classList.toggle("stale", fresh.classList.contains("stale"));
  const sections = [...fresh.querySelectorAll("[data-pane]")];
  if (!sections.length || !panes.length) {
    if (stage.innerHTML === fresh.innerHTML) return;
    stage.replaceChildren(...fresh.childNodes);
    startStage();
    return;
  }
  for (const [index, section] of sections.entries()) {
    if (Number(section.dataset.width) !== panes[index].width) panes[index].resize(Number(section.dataset.width), false);
    panes[index].show(section.dataset.url, section.dataset.measured);
  }
}

function onPage() {
  document.querySelector("#stage")?.closest(".sight").scrollIntoView({ block: "nearest" });
}

export function findText(words) {
  const wanted = folded(words);
  for (const pane of panes) pane.point(deepest(pane.measured?.contentDocument?.body, wanted));
  onPage();
}

export function findLink(number) {
  for (const pane of panes) pane.point(pane.measured?.contentDocument?.querySelectorAll("a[href]:not([href=''])")[number]);
  onPage();
}

// Without spaces: a heading is broken between phrases, and a mail folds its lines.
function folded(text) {
  return text.replace(/[\s\u200b\u00ad]+/g, "");
}

function deepest(element, wanted) {
  if (!element || !folded(element.textContent).includes(wanted)) return null;
  for (const child of element.children) {
    if (["STYLE", "SCRIPT", "HEAD"].includes(child.tagName)) continue;
    const found = deepest(child, wanted);
    if (found) return found;
  }
  return element.getClientRects().length ? element : null;
}
