package main

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"faxbox/web/licences"
)

// release is the version that scripts/release and scripts/image build: -ldflags "-X main.release=1.4.0". Without it the
// program is what the Go tool says it is.
var release string

type versionCommand struct {
	Licences bool `help:"Print the licences of everything that is in the program."`
}

// Run prints what the Go tool noted when it built the program.
func (v versionCommand) Run(con console) error {
	if v.Licences {
		return licences.WriteTo(con.out)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		fmt.Fprintln(con.out, "faxbox, built without build information")
		return nil
	}
	fmt.Fprintln(con.out, versionLine(info))
	return nil
}

func versionLine(info *debug.BuildInfo) string {
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	line := "faxbox " + cmp.Or(release, info.Main.Version)
	if rev := set["vcs.revision"]; rev != "" {
		line += fmt.Sprintf(", commit %.12s of %s", rev, set["vcs.time"])
		if set["vcs.modified"] == "true" {
			line += " with changes"
		}
	}
	return fmt.Sprintf("%s, %s %s/%s", line, info.GoVersion, set["GOOS"], set["GOARCH"])
}

// version is the program's version in short, as the API tells it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return cmp.Or(release, "unknown")
	}
	return cmp.Or(release, info.Main.Version)
}
