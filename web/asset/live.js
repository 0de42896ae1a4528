// A page that lives: when the box tells of a change, the page is fetched again and its parts become what they are there.
// Parts are marked data-part and have an id. What has not changed stays the very same element, so that ticks, what is being
// typed, the focus, what is marked and where the page is scrolled to stay too.

const kinds = document.body.dataset.live.split(',');
const soonest = 100; // milliseconds from one look to the next, so that many changes cost few of them
const leave = 60000; // milliseconds that a form is given to lead away, so that nobody looks at what it has just deleted

let source, looking, again, last = 0, sent = -leave;
let way = new AbortController(); // what ends a look that is on its way

// The attribute, because the property id of a form is its boxes of that name.
const parts = (page) => new Map([...page.querySelectorAll('[data-part]')].map((e) => [e.getAttribute('id'), e]));

async function look() {
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  for (;;) {
    const wait = Math.max(last + soonest, sent + leave) - performance.now();
    if (wait <= 0) {
      break;
    }
    await new Promise((done) => setTimeout(done, Math.min(wait, 1000))); // somebody may come back earlier
  }
  last = performance.now();
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, signal: way.signal });
    if ((answer.redirected || answer.status === 404) && !typed()) {
      location.reload(); // the session is over, or somebody has deleted what is shown
      return;
    }
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (document.body.dataset.often !== undefined && page.body.dataset.often === undefined) {
        location.reload(); // it is over
        return;
      }
      const fresh = parts(page);
      for (const [id, old] of parts(document)) {
        if (fresh.has(id)) {
          become(old, fresh.get(id));
        }
      }
    }
  } catch {
    // The box is away for a moment, and the stream comes again and makes us look; or a form leads away.
  }
  looking = false;
  if (again) {
    again = false;
    look();
  }
}

// What somebody is about to write is not thrown away: sending it tells them what has happened.
const typed = () => [...document.querySelectorAll('textarea, input:not([type=hidden])')].some((e) => e.value !== e.defaultValue);

// What the reader, or a script, has done to an element is not undone.
const ours = ['open', 'data-sent'];

// become makes an element what another one is. Nobody may type into what is still on its way.
function become(old, fresh) {
  if (old.isEqualNode(fresh)) {
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !ours.includes(name)) {
      old.removeAttribute(name);
    }
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !ours.includes(name)) {
      old.setAttribute(name, value);
    }
  }
  children(old, fresh);
}

// key is what tells an element from its neighbours: a row by the fax that it leads to. Others are told by their place.
const key = (node) => node.nodeType === Node.ELEMENT_NODE ? node.getAttribute('data-key') ?? node.getAttribute('href') ?? node.getAttribute('id') : null;
const alike = (a, b) => a.nodeName === b.nodeName && key(a) === key(b);

function children(old, fresh) {
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let same = at;
    while (same && !alike(same, wanted)) {
      same = key(wanted) ? same.nextSibling : null;
    }
    if (!same) {
      old.insertBefore(document.importNode(wanted, true), at);
      continue;
    }
    while (at !== same) { // what is between is not wanted any more, or comes later and is made anew
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
    at = same.nextSibling;
    if (same.nodeType === Node.ELEMENT_NODE) {
      become(same, wanted);
    } else if (same.nodeValue !== wanted.nodeValue) {
      same.nodeValue = wanted.nodeValue;
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

// Browsers allow a few connections to one box: a page that nobody sees gives its own back.
function listen() {
  source?.close();
  source = undefined;
  if (document.visibilityState !== 'visible') {
    return;
  }
  source = new EventSource(`/api/v1/events?kinds=${kinds.join(',')}`);
  for (const kind of [...kinds, 'resync', 'started']) {
    source.addEventListener(kind, look);
  }
  source.addEventListener('open', look);
}

if (document.body.dataset.often !== undefined) {
  setInterval(look, 2000); // what goes on outside of the server sends no events
}
document.addEventListener('visibilitychange', listen);
document.addEventListener('look', look);
addEventListener('submit', (event) => {
  if (!event.defaultPrevented) {
    sent = performance.now();
    way.abort();
    way = new AbortController();
  }
});
addEventListener('pageshow', (event) => {
  if (event.persisted) {
    sent = -leave; // the form led away, and somebody came back
    listen();
  }
});
addEventListener('pagehide', () => source?.close());
listen();
