/** @file Checks that run inside a page, as source text: the project is compiled without a browser's types. */

/** Gives the texts whose contrast with their background falls below 4.5 : 1 (3 : 1 for large type). */
export const LOW_CONTRAST = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const background = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return [255, 255, 255, 1];
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const parent = walker.currentNode.parentElement;
    if (text === '' || ['SCRIPT', 'STYLE'].includes(parent.tagName)) continue;
    if (parent.getClientRects().length === 0) continue;
    const style = getComputedStyle(parent);
    const ink = rgba(parent instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [luminance(ink), luminance(background(parent))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) found.add(text.slice(0, 40) + ': ' + ratio.toFixed(2));
  }
  return [...found];
})()`;

/** Gives the elements that stick out of the window, leaving aside what scrolls in a box of its own. */
export const STICKING_OUT = `(() => {
  const limit = document.documentElement.clientWidth + 0.5;
  return [...document.body.querySelectorAll('*')]
    .filter((element) => element.matches('.scroll, pre, svg') || !element.closest('.scroll, pre, svg'))
    .filter((element) => element.getClientRects().length > 0 && element.getBoundingClientRect().right > limit)
    .map((element) => element.tagName + '.' + element.className);
})()`;

/** Width of everything in the page, in CSS pixels. */
export const PAGE_WIDTH = 'document.documentElement.scrollWidth';

/** Opens all folded parts. */
export const UNFOLD = `document.querySelectorAll('details').forEach((details) => { details.open = true; })`;

/** How much the page scales a drawing, and how many of its texts leave its frame. */
export interface DrawingCheck {
  readonly scale: number;
  readonly out: number;
}

/** Measures the first drawing that a selector finds; gives a `DrawingCheck`. */
export function drawingCheck(selector: string): string {
  return `(() => {
    const svg = document.querySelector(${JSON.stringify(selector)});
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].map((text) => text.getBoundingClientRect());
    return {
      scale: frame.width / svg.viewBox.baseVal.width,
      out: texts.filter((text) => text.left < frame.left - 1 || text.right > frame.right + 1).length,
    };
  })()`;
}

/** A computed style of the first element that a selector finds. */
export function computedStyle(selector: string, property: string): string {
  return `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property}`;
}

/** The values that a column of the first opened table sorts by. */
export function columnValues(column: number): string {
  return `[...document.querySelectorAll('details[open] tbody td:nth-child(${column})')].map((cell) => Number(cell.dataset.value))`;
}
