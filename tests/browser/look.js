// What a reader would see of the page: its text, its links, and what is wrong with either.
// Called with {smallest, contrast}; returns {text, links, problems: [[kind, what], ...]}.
// The page is scrolled from top to bottom; nothing of it is changed.
({ smallest, contrast }) => {
  const problems = [];
  const say = (kind, what) => problems.push([kind, what.trim().replace(/\s+/g, " ").slice(0, 140)]);
  const root = document.documentElement;
  const wide = root.clientWidth;
  const short = (node) => node.textContent.trim().slice(0, 50);

  const rgb = (css) => {
    const [r, g, b, a = 1] = css.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => {
    const mix = (x, y) => x * top.a + y * (1 - top.a);
    return { r: mix(top.r, below.r), g: mix(top.g, below.g), b: mix(top.b, below.b), a: 1 };
  };
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => {
      c /= 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratio = (one, two) => {
    const [low, high] = [luminance(one), luminance(two)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };

  const dark =
    matchMedia("(prefers-color-scheme: dark)").matches &&
    getComputedStyle(root).colorScheme.includes("dark");
  const canvas = dark ? { r: 18, g: 18, b: 18, a: 1 } : { r: 255, g: 255, b: 255, a: 1 };

  // Everything that an element inherits from its place, once for each element.
  const places = new Map();
  const place = (element) => {
    if (!element) return { ground: canvas, opacity: 1, clips: [] };
    if (places.has(element)) return places.get(element);
    const above = place(element.parentElement);
    const style = getComputedStyle(element);
    const clips = [...above.clips];
    const page = element === root || element === document.body;
    if (!page && (style.overflowX !== "visible" || style.clipPath !== "none")) clips.push(element);
    const mine = {
      ground: over(rgb(style.backgroundColor), above.ground),
      opacity: above.opacity * Number(style.opacity),
      clips,
      style,
    };
    places.set(element, mine);
    return mine;
  };

  const clipped = (rect, element) => {
    const box = element.getBoundingClientRect();
    return (
      rect.left < box.left - 1 ||
      rect.right > box.right + 1 ||
      rect.top < box.top - 1 ||
      rect.bottom > box.bottom + 1
    );
  };

  // The lines of text, each as tall as its letters: boxes of tight lines overlap, letters do not.
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  scrollTo(0, 0);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const said = node.textContent.replace(/[\s\u200a-\u200d\u034f\ufeff]/g, "");
    if (!said || node.parentElement.closest("style,title,script,noscript,xml")) continue;
    range.selectNodeContents(node);
    const { style, ground, opacity, clips } = place(node.parentElement);
    const size = parseFloat(style.fontSize);
    const rects = [...range.getClientRects()];
    if (!rects.length) continue; // not shown at all: comparing the texts tells
    if (size < smallest) say("small", `${size}px: ${short(node)}`);
    const ink = over({ ...rgb(style.color), a: rgb(style.color).a * opacity }, ground);
    if (style.visibility === "visible" && ratio(ink, ground) < contrast)
      say("faint", `${ratio(ink, ground).toFixed(1)}:1 ${style.color}: ${short(node)}`);
    for (const each of rects.filter((rect) => rect.width > 0.5)) {
      const middle = (each.top + each.bottom) / 2;
      const rect = {
        left: each.left,
        right: each.right,
        top: middle - size * 0.4,
        bottom: middle + size * 0.4,
        node,
      };
      if (rect.left < -1 || rect.right > wide + 1 || rect.top < -1)
        say("cut", `off the page: ${short(node)}`);
      else if (clips.some((clip) => clipped(rect, clip))) say("cut", `clipped: ${short(node)}`);
      lines.push(rect);
    }
  }
  if (root.scrollWidth > wide) say("cut", `the page is ${root.scrollWidth}px wide`);

  // What stands for a picture that is not there.
  for (const image of document.images) {
    if (!image.alt || image.naturalWidth) continue;
    const { style, ground, opacity } = place(image);
    const ink = over({ ...rgb(style.color), a: opacity }, ground);
    if (ratio(ink, ground) < contrast) say("faint", `words for a picture: ${image.alt}`);
  }

  lines.sort((one, two) => one.top - two.top);
  lines.forEach((one, index) => {
    for (let next = index + 1; next < lines.length && lines[next].top < one.bottom - 1; next++) {
      const two = lines[next];
      if (Math.min(one.right, two.right) - Math.max(one.left, two.left) > 1)
        say("overlapping", `${short(one.node)} | ${short(two.node)}`);
    }
  });

  // What lies on top where the text is, screen by screen.
  const hit = (x, y) => {
    if (y < scrollY + 8 || y > scrollY + innerHeight - 8) scrollTo(0, y - innerHeight / 2);
    return document.elementFromPoint(x, y - scrollY);
  };
  const related = (one, two) => one && (one.contains(two) || two.contains(one));
  for (const { left, right, top, bottom, node } of lines) {
    const found = hit(Math.min(Math.max((left + right) / 2, 0), wide - 1), (top + bottom) / 2);
    if (!related(found, node.parentElement)) say("covered", short(node));
  }

  const links = [...document.links];
  for (const link of links) {
    const href = link.getAttribute("href");
    scrollTo(0, 0);
    const rect = [...link.getClientRects()].find((each) => each.width > 1 && each.height > 1);
    if (!rect) say("dead link", `nothing to click: ${href}`);
    else if (!link.contains(hit((rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2)))
      say("dead link", `cannot be clicked: ${short(link)} ${href}`);
  }
  scrollTo(0, 0);
  return {
    text: document.body.innerText.replace(/[\s\u200a-\u200d\u034f\ufeff]/g, ""),
    links: links.map((link) => link.getAttribute("href")),
    problems,
  };
}
