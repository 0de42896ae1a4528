// What every page does besides being a page: times that run, questions before what cannot be undone, forms sent once.

const lasted = (seconds) => {
  const two = (n) => String(n).padStart(2, '0');
  const s = Math.max(0, Math.floor(seconds));
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
};

// The box's clock need not be the browser's: times run on from what the page said when it came.
const came = new WeakMap();
setInterval(() => {
  for (const e of document.querySelectorAll('[data-since]')) {
    if (came.get(e)?.since !== e.dataset.since) {
      const shown = e.textContent.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
      came.set(e, { since: e.dataset.since, begin: performance.now() / 1000 - shown });
    }
    e.textContent = lasted(performance.now() / 1000 - came.get(e).begin);
  }
}, 1000);

// The box's clock, and whether it differs from this computer's by more than the way to the box can take.
const clock = document.querySelector('[data-clock]');
if (clock) {
  const off = Date.parse(clock.dateTime) - Date.now();
  const [h, m, s] = clock.textContent.split(':').map(Number);
  const begin = performance.now() / 1000 - (h * 3600 + m * 60 + s);
  setInterval(() => { clock.textContent = lasted((performance.now() / 1000 - begin) % 86400 + 86400).replace(/^\d+/, (hours) => String(hours - 24).padStart(2, '0')); }, 1000);
  document.querySelector('[data-differs]').hidden = Math.abs(off) < 60000;
}

document.addEventListener('submit', (event) => {
  const question = event.submitter?.dataset.ask ?? event.target.dataset.ask;
  if (question && !confirm(question)) {
    event.preventDefault();
    return;
  }
  if (event.target.dataset.sent) {
    event.preventDefault(); // the second click of a double one
    return;
  }
  if (event.target.method === 'post' && event.target.dataset.download === undefined) {
    event.target.dataset.sent = 'true';
  }
});

// A page that comes back from the browser's memory may be used again, and may be old.
addEventListener('pageshow', (event) => {
  if (event.persisted) {
    document.querySelectorAll('form[data-sent]').forEach((form) => delete form.dataset.sent);
    document.dispatchEvent(new Event('look'));
  }
});

// Fields that act at once: filters, switches.
document.addEventListener('change', (event) => {
  if (event.target.dataset.now !== undefined) {
    event.target.form.requestSubmit();
  }
});

// One tick for all.
document.addEventListener('change', (event) => {
  const name = event.target.dataset.all;
  if (name) {
    event.target.form.querySelectorAll(`input[name=${name}]`).forEach((box) => { box.checked = event.target.checked; });
  }
});

// What was done is said once: not again when the page is loaded anew, or kept as a bookmark.
const here = new URL(location.href);
if (here.searchParams.has('done')) {
  here.searchParams.delete('done');
  here.searchParams.delete('undo');
  history.replaceState(history.state, '', here);
}

// The bar of the day follows the times that are entered for it.
document.addEventListener('input', ({ target }) => {
  const group = target.matches('[data-from], [data-until]') && target.closest('fieldset');
  const bar = group && group.querySelector('[data-bar]');
  if (!bar) {
    return;
  }
  const minutes = (mark) => group.querySelector(`[data-${mark}]`).value.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  const from = minutes('from'), until = minutes('until'), day = 1440;
  if (Number.isNaN(from + until)) {
    return;
  }
  const pieces = from === until ? [[0, day]] : from < until ? [[from, until - from]] : [[0, until], [from, day - from]];
  bar.querySelectorAll('.cheap').forEach((old) => old.remove());
  for (const [x, width] of pieces) {
    const piece = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    Object.entries({ class: 'cheap', x, width, height: 60, rx: 6 }).forEach(([name, value]) => piece.setAttribute(name, value));
    bar.querySelector('.all').after(piece);
  }
});

// At the first start the browser knows best where it is.
for (const zone of document.querySelectorAll('[data-zone]')) {
  zone.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
}
