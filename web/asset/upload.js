// Large files with a bar that shows how far they are; and the page that waits while the box begins anew. Without this the
// forms are sent as forms are.

for (const form of document.querySelectorAll('[data-upload]')) {
  form.addEventListener('submit', (event) => {
    if (event.defaultPrevented) {
      return; // the question before was answered with no
    }
    event.preventDefault();
    const progress = form.querySelector('[data-progress]'), bar = progress.querySelector('progress');
    const button = form.querySelector('button');
    const faults = form.parentElement.querySelector('[data-faults]');
    const stop = (texts) => {
      faults.replaceChildren(...texts.map((text) => Object.assign(document.createElement('p'), { textContent: text, className: 'notice bad' })));
      progress.hidden = true;
      button.disabled = false;
      delete form.dataset.sent;
    };
    faults.replaceChildren();
    progress.hidden = false;
    progress.querySelector('span').textContent = form.dataset.upload;
    button.disabled = true;
    const request = new XMLHttpRequest();
    request.open('POST', form.action);
    request.setRequestHeader('Accept', 'application/json');
    request.responseType = 'json';
    request.upload.onprogress = (e) => e.lengthComputable && (bar.value = e.loaded / e.total);
    request.upload.onload = () => bar.removeAttribute('value'); // it is looked at now
    request.onload = () => {
      if (request.response?.anew) { // another page might come too late: the box is about to be away
        progress.querySelector('span').textContent = form.dataset.again;
        wait(request.response.anew);
      } else if (request.response?.to) {
        location.href = request.response.to;
      } else {
        stop(request.response?.faults?.map((fault) => fault.text) ?? [form.dataset.lost]);
      }
    };
    request.onerror = () => stop([form.dataset.lost]);
    request.send(new FormData(form));
  });
}

// The box is away for a moment, maybe after the last call, and then shows whoever comes the right way. Before is when the one
// that ends began.
function wait(before) {
  const look = async () => {
    const begun = await fetch('/healthz', { cache: 'no-store' }).then((answer) => answer.json()).then((health) => health.begun, () => '');
    if (begun && begun !== before) {
      location.href = '/';
      return;
    }
    setTimeout(look, 300);
  };
  setTimeout(look, 300);
}

const anew = document.querySelector('[data-anew]');
if (anew) {
  wait(anew.dataset.anew);
}
