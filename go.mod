module faxbox

go 1.26.0

require (
	go.bug.st/serial v1.8.0
	golang.org/x/image v0.47.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/alecthomas/kong v1.17.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)
