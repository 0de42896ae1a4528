// The viewer of a fax: one page at a time by keys and buttons, larger, smaller, turned.

const viewer = document.querySelector('[data-viewer]');
const sheets = viewer.querySelector('.sheets');
const pages = [...sheets.querySelectorAll('figure')];
const position = viewer.querySelector('[data-position]');
const sizes = [0.5, 0.7, 1, 1.4, 2, 2.8];

let size = 2; // of sizes
let turns = 0; // quarter turns to the right

// current is the page that most of the window shows.
const current = () => {
  const middle = sheets.getBoundingClientRect().top + Math.min(innerHeight, sheets.clientHeight) / 3;
  const at = pages.findIndex((page) => page.getBoundingClientRect().bottom > middle);
  return at < 0 ? pages.length - 1 : at;
};

const show = (n) => pages[Math.max(0, Math.min(pages.length - 1, n))]?.scrollIntoView({ block: 'start' });
const tell = () => { position.textContent = pages.length ? `${current() + 1} / ${pages.length}` : ''; };

function draw() {
  const at = current();
  for (const page of pages) {
    const image = page.querySelector('img');
    page.style.width = `${100 * sizes[size]}%`;
    page.style.maxWidth = size > 2 ? 'none' : '';
    image.style.transform = turns ? `rotate(${turns * 90}deg)` : '';
    // A page that lies on its side takes the room of one that does: as high as it was wide.
    const slack = turns % 2 ? (image.offsetWidth - image.offsetHeight) / 2 : 0;
    image.style.marginBlock = `${slack}px`;
    if (size > 3 && image.src.includes('?')) {
      image.src = image.src.split('?')[0]; // every pel of it
    }
  }
  show(at);
  tell();
}

const deeds = {
  previous: () => show(current() - 1),
  next: () => show(current() + 1),
  first: () => show(0),
  last: () => show(pages.length - 1),
  smaller: () => { size = Math.max(0, size - 1); draw(); },
  larger: () => { size = Math.min(sizes.length - 1, size + 1); draw(); },
  turn: () => { turns = (turns + 1) % 4; draw(); },
  print: () => {
    pages.forEach((page) => page.querySelector('img').removeAttribute('loading'));
    Promise.all(pages.map((page) => page.querySelector('img').decode().catch(() => {}))).then(() => print());
  },
};

const keys = {
  ArrowLeft: 'previous', k: 'previous', PageUp: 'previous', ArrowRight: 'next', j: 'next', PageDown: 'next',
  Home: 'first', End: 'last', '+': 'larger', '=': 'larger', '-': 'smaller', r: 'turn',
};

viewer.querySelector('.script').hidden = false;
viewer.addEventListener('click', (event) => deeds[event.target.closest('[data-do]')?.dataset.do]?.());
document.addEventListener('keydown', (event) => {
  if (event.target.matches('input, textarea, select') || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) {
    return;
  }
  event.preventDefault();
  deeds[keys[event.key]]();
});
document.addEventListener('scroll', tell, { passive: true, capture: true });
tell();

// Whoever looks at a fax has seen it.
if (viewer.dataset.read) {
  fetch(viewer.dataset.read, { method: 'POST' });
}
