// Lines are put into another order by dragging; the buttons do the same without.

let dragged;

for (const row of document.querySelectorAll('[data-ranks] [draggable]')) {
  row.addEventListener('dragstart', (event) => {
    dragged = row;
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', row.dataset.rank);
  });
  row.addEventListener('dragend', () => { dragged = undefined; });
  row.addEventListener('dragover', (event) => {
    if (dragged && dragged !== row) {
      event.preventDefault();
      row.classList.add('target');
    }
  });
  row.addEventListener('dragleave', () => row.classList.remove('target'));
  row.addEventListener('drop', async (event) => {
    event.preventDefault();
    row.classList.remove('target');
    const answer = await fetch(dragged.dataset.form, { method: 'POST', body: new URLSearchParams({ priority: row.dataset.rank }) });
    location.href = answer.url; // which says that it was done
  });
}
