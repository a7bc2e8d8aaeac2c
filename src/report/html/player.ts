/** @file The script that plays a figure's frames one after the other; without it they stand beside each other. */

/** Milliseconds a frame is shown. */
const FRAME_TIME = 1200;

/** Makes a player of every list of frames. Nothing plays by itself: readers may ask for less motion. */
export const PLAYER_SCRIPT = `
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
