package browser

import (
	"fmt"
	"time"

	"faxbox/fax"
)

// addressBook makes a contact of whoever sent a fax, finds it by its name when something is sent, and chooses two for one fax.
func addressBook(o *office, p *person) {
	p.visit("/messages/1")
	p.follow("a[href^='/contacts/new']")
	if number := ask[string](p, "document.querySelector('[name=faxNumber]').value"); number == "" {
		o.Error("the number does not stand there already")
	}
	p.enter("[name=name]", "Echo & Co")
	p.follow("#contact button.primary")
	p.shows("The address book was changed.")
	p.shows("Echo & Co") // which the fax is from now
	p.visit("/contacts/new")
	p.enter("[name=company]", "Never at home")
	p.enter("[name=faxNumber]", "104")
	p.follow("#contact button.primary")
	p.visit("/send")
	p.enter("[name=recipientName]", "ech")
	p.until("[...document.querySelectorAll('#people option')].some(o => o.value === 'Echo & Co')")
	p.enter("[name=recipientName]", "Echo & Co") // as choosing it does
	p.until("document.querySelector('[name=faxNumber]').value !== ''")
	p.visit("/contacts?q=ne")
	if n := ask[int](p, "document.querySelectorAll('#contacts a.row').length"); n != 1 {
		o.Errorf("ne finds %d contacts", n)
	}
	p.visit("/contacts")
	p.picture("41-contacts")
	p.click("[data-all=contact]")
	p.follow("#contacts .tools button")
	if more := ask[string](p, "document.querySelector('[name=more]').value"); more != "104, Never at home" {
		o.Errorf("more recipients: %q", more)
	}
	p.picture("42-send-several")
}

// binAndUndo deletes a fax twice: once it is brought back by the bar that says so, once from the bin. Ticks stay where they
// are while the page changes.
func binAndUndo(o *office, p *person) {
	p.visit("/inbox")
	p.click("#messages input[name=id]")
	id := ask[string](p, "document.querySelector('#messages input[name=id]').value")
	row := fmt.Sprintf("document.querySelector('#messages [data-key=\"%s\"]')", id) // others may come meanwhile
	note := "ticks stay"
	o.must(o.box.Do(o.Context(), "PATCH", "/messages/"+id, fax.MessagePatch{Note: &note}, nil))
	p.until(row + ".innerText.includes('ticks stay')")
	if !ask[bool](p, row+".querySelector('input').checked && document.activeElement.value === '"+id+"'") {
		o.Error("the tick, or the focus, is lost when the page changes")
	}
	p.follow("#messages button[value=delete]")
	p.shows("It is in the bin.")
	p.picture("43-undo")
	p.until("!" + row)
	p.follow(".notice button[value=restore]")
	p.shows("Brought back.")
	p.until(row)
	p.visit("/messages/1")
	p.follow("form[action$='/delete'] button")
	p.visit("/bin")
	p.picture("44-bin")
	p.click("#bin input[name=id]")
	p.follow("#bin button[value=restore]")
	p.visit("/messages/1")
	p.until("document.querySelector('.sheets img')")
	p.quiet()
	// Somebody else deletes what one looks at: the page says so, and offers to bring it back.
	o.must(o.box.Do(o.Context(), "DELETE", "/messages/1", nil, nil))
	p.shows("This fax is in the bin")
	p.picture("44-deleted")
	p.follow("main button[value=restore]")
	p.shows("Brought back.")
	p.until("document.querySelector('.sheets img')")
	p.quiet("status of 404")
}

// mailThatFails enters a server where nothing answers: the test says so, and so does the fax that is sent on.
func mailThatFails(o *office, p *person) {
	p.visit("/settings/mail")
	p.enter("[name=host]", "127.0.0.1")
	p.enter("[name=port]", "1")
	p.enter("[name=from]", "fax@example.com")
	p.follow("form[action='/settings/mail'] button.primary")
	p.shows("It applies to the next mail.")
	p.follow("form[action^='/settings/mail/test'] button")
	p.shows("Nothing answers at 127.0.0.1, port 1.")
	p.picture("45-mail")
	p.visit("/messages/1")
	p.click("#mailon summary")
	p.enter("#mailon [name=to]", "anna@example.com")
	p.follow("#mailon button")
	p.shows("It is being mailed.")
	p.wait(time.Minute, "document.querySelector('.outcomes')?.innerText.includes('Nothing answers')")
	p.picture("46-mailed")
	p.visit("/send")
	p.choose("[name=confirmation]", "failure")
	p.until("document.querySelector('[name=emailAddress]').checkVisibility()")
}

// pins are refused by a computer that has none, and stand in the form again.
func pins(o *office, p *person) {
	p.visit("/settings/lines/1")
	p.shows("This computer offers no pins")
	p.enter("[name=lineRelay]", "gpiochip0:17")
	p.click("[name='lineRelay.low']")
	p.follow("form[action='/settings/lines/1'] button.primary")
	p.until("document.querySelector('#f-lineRelay[aria-invalid=true]')?.value === 'gpiochip0:17' && document.querySelector('[name=\"lineRelay.low\"]').checked")
	p.picture("47-pins")
	p.quiet("status of 422")
}

// backupAndBack makes a backup, changes something, and puts the backup back: the box begins anew with what was. An update is
// nothing for a computer that is no box.
func backupAndBack(o *office, p *person) {
	const passphrase = "four words in a row"
	p.visit("/settings/update")
	p.shows("does not run on a box of its own")
	p.visit("/settings/backup")
	size := ask[int](p, fmt.Sprintf(`fetch('/settings/backup', {method: 'POST', body: new URLSearchParams({passphrase: %[1]q, again: %[1]q})})
		.then(a => a.ok ? a.blob() : null).then(b => { window.saved = b; return b?.size ?? 0 })`, passphrase))
	if size < 10000 {
		o.Fatalf("the backup has %d octets", size)
	}
	name := "renamed since"
	o.must(o.box.Do(o.Context(), "PATCH", "/ports/2", fax.PortPatch{Name: &name}, nil))
	put := func(words string) {
		ask[bool](p, `(() => { const all = new DataTransfer(); all.items.add(new File([saved], 'backup.age'));
			document.querySelector('[action$="/restore"] [name=file]').files = all.files; return true })()`)
		p.enter("[action$='/restore'] [name=passphrase]", words)
		p.click("[action$='/restore'] button")
	}
	put("three other words")
	p.shows("The passphrase is wrong")
	p.picture("48-backup")
	put(passphrase)
	p.wait(time.Minute, "['/login', '/'].includes(location.pathname) && document.querySelector('main')")
	var port fax.Port
	o.must(o.box.Do(o.Context(), "GET", "/ports/2", nil, &port))
	if port.Name == name {
		o.Error("the backup has not come back")
	}
	p.quiet("ERR_", "status of 4", "status of 503")
}
