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
  if (event.target.method === 'post') {
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

// At the first start the browser knows best where it is.
for (const zone of document.querySelectorAll('[data-zone]')) {
  zone.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
}
