"""Checks of the layout of a page, as JavaScript that returns the faults."""

from __future__ import annotations

OPEN_TABLES = "document.querySelectorAll('details').forEach(details => details.open = true)"
CLOSE_TABLES = "document.querySelectorAll('details').forEach(details => details.open = false)"

WIDE = """
(() => {
  const wide = [...document.body.querySelectorAll("*")].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width && (box.left < -0.5 || box.right > innerWidth + 0.5);
  });
  const scrolled = [...document.querySelectorAll("html, body, body *")].filter(
    element => !(element instanceof SVGElement) && element.scrollWidth > element.clientWidth + 1 && element.clientWidth
  );
  return [...wide, ...scrolled].map(element => `${element.tagName} ${element.textContent.trim().slice(0, 40)}`);
})()
"""
"""Elements that are wider than the page, and elements that scroll sideways."""

CUT = """
[...document.querySelectorAll("svg")].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter(text => {
    const box = text.getBoundingClientRect();
    return text.textContent && box.width && (
      box.left < frame.left - 0.5 || box.right > frame.right + 0.5 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1
    );
  }).map(text => `${svg.closest("figure").id}: ${text.textContent.slice(0, 40)}`);
})
"""
"""Texts that a drawing cuts."""

OVERLAPPING = """
[...document.querySelectorAll("svg")].flatMap(svg => {
  const texts = [...svg.querySelectorAll("text")].filter(text => text.textContent.trim());
  const boxes = texts.map(text => text.getBoundingClientRect());
  const found = [];
  for (let one = 0; one < boxes.length; one++) {
    for (let two = one + 1; two < boxes.length; two++) {
      const [a, b] = [boxes[one], boxes[two]];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 2) {
        found.push(`${svg.closest("figure").id}: ${texts[one].textContent} | ${texts[two].textContent}`.slice(0, 90));
      }
    }
  }
  return found;
})
"""
"""Pairs of texts of one drawing that overlap."""

SMALL = """
[...document.querySelectorAll("svg text")].filter(text => text.textContent).map(text => {
  const scale = text.closest("svg").getBoundingClientRect().width / text.closest("svg").viewBox.baseVal.width;
  return parseFloat(getComputedStyle(text).fontSize) * scale;
}).filter(size => size < 10.5)
"""
"""Sizes of texts that are too small to read."""

PALE = """
(() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [red, green, blue] = channels(colour).map(value => value / 255).map(
      value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const opaque = colour => colour && colour !== "none" && (channels(colour)[3] ?? 1) === 1;
  const paint = element => {
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.backgroundColor;
    const paints = !(element instanceof SVGElement) || ["rect", "path", "circle", "polygon"].includes(element.tagName);
    return paints && opaque(colour) && style.visibility !== "hidden" ? colour : null;
  };
  const behind = (element, x, y) => {
    const below = document.elementsFromPoint(x, y).filter(other => other !== element);
    return below.map(paint).find(colour => colour);
  };
  const texts = [...document.body.querySelectorAll("*")].filter(
    element => [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim())
      && !["SCRIPT", "STYLE"].includes(element.tagName) && element.checkVisibility()
  );
  return texts.flatMap(text => {
    const style = getComputedStyle(text);
    const colour = text instanceof SVGElement ? style.fill : style.color;
    const box = text.getBoundingClientRect();
    const own = text instanceof SVGElement ? null : paint(text);
    const ground = own ?? behind(text, box.left + box.width / 2, box.top + box.height / 2);
    const [lighter, darker] = [light(colour), light(ground ?? colour)].sort((a, b) => b - a);
    const contrast = (lighter + 0.05) / (darker + 0.05);
    return contrast < 4.5 ? [`${text.textContent.trim().slice(0, 30)}: ${colour} on ${ground}: ${contrast.toFixed(2)}`] : [];
  });
})()
"""
"""Texts with too little contrast. All of the page must be in the view."""
