/** @file The page's only script: tables sort by their headers, marks in charts show their values, frames play. */

/** Milliseconds a frame is shown. */
const FRAME_TIME = 1200;

/** Makes a player of every list of frames. Nothing plays by itself: readers may ask for less motion. */
const PLAYER_SCRIPT = `
for (const list of document.querySelectorAll('.frames')) {
  const frames = [...list.children];
  if (frames.length < 2) continue;
  list.classList.add('playing');
  const bar = document.createElement('div');
  bar.className = 'player';
  const button = document.createElement('button');
  button.type = 'button';
  const slider = document.createElement('input');
  Object.assign(slider, { type: 'range', min: 0, max: frames.length - 1, step: 1, value: 0 });
  slider.setAttribute('aria-label', 'State shown');
  let timer;
  const show = (at) => {
    frames.forEach((frame, i) => frame.classList.toggle('shown', i === at));
    slider.value = at;
    slider.setAttribute('aria-valuetext', frames[at].firstElementChild.textContent);
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    button.textContent = '▶ Play';
  };
  button.addEventListener('click', () => {
    if (timer !== undefined) return stop();
    button.textContent = '❚❚ Pause';
    if (Number(slider.value) === frames.length - 1) show(0);
    timer = setInterval(() => {
      const next = Number(slider.value) + 1;
      if (next >= frames.length) return stop();
      show(next);
    }, ${FRAME_TIME});
  });
  slider.addEventListener('input', () => { stop(); show(Number(slider.value)); });
  stop();
  show(0);
  bar.append(button, slider);
  list.before(bar);
}`.trim();

/** Works on the finished page; without it everything can still be read. */
export const PAGE_SCRIPT = `
(() => {
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    const number = text === '' ? NaN : Number(text);
    return Number.isNaN(number) ? text : number;
  };
  const compare = (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    if (typeof a === 'number') return -1;
    if (typeof b === 'number') return 1;
    return a.localeCompare(b);
  };
  for (const table of document.querySelectorAll('table.sortable')) {
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener('click', () => {
        const down = header.getAttribute('aria-sort') === 'ascending';
        for (const other of headers) other.removeAttribute('aria-sort');
        header.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const rows = [...table.tBodies[0].rows];
        const sign = down ? -1 : 1;
        rows.sort((a, b) => sign * compare(value(a, column), value(b, column)));
        table.tBodies[0].append(...rows);
      });
    });
  }
  ${PLAYER_SCRIPT}
  const tip = document.getElementById('tip');
  const show = (event) => {
    const mark = event.target.closest?.('figure svg [role="graphics-symbol"][aria-label]:not(g)');
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.getAttribute('aria-label');
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, event.clientX + 12), document.documentElement.clientWidth - width - 8);
    const above = event.clientY - height - 12;
    tip.style.left = left + 'px';
    tip.style.top = (above < 8 ? event.clientY + 18 : above) + 'px';
  };
  document.addEventListener('pointermove', show);
  document.addEventListener('pointerdown', show);
  document.addEventListener('scroll', () => { tip.hidden = true; }, { passive: true });
})();
`.trim();
