package main

type updateCommands struct {
	Apply  updateApplyCommand  `cmd:"" hidden:"" help:"Put the update that the server has checked onto the card, and restart: for faxbox-update.service."`
	Settle updateSettleCommand `cmd:"" hidden:"" help:"See whether a system that is being tried works: for faxbox-settle.service."`
	Key    updateKeyCommand    `cmd:"" hidden:"" help:"Print the public half of a key that signs updates; makes the key if it is not there."`
	Pack   updatePackCommand   `cmd:"" hidden:"" help:"Make an update file."`
}
