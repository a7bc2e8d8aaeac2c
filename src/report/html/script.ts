/** @file The page's only script: tables sort by their headers, marks in charts show their values, frames play. */
import { PLAYER_SCRIPT } from './player.ts';

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
