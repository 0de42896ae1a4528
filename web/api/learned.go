package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// learned are the operations of what calls have taught about numbers.
func (a *API) learned() {
	tags := []string{"calls"}
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "listLearned", Method: http.MethodGet, Path: Root + "/learned", Tags: tags,
		Summary: "What calls have taught about numbers, and is kept to in the next ones until it expires",
	}, func(_ context.Context, in *struct {
		Number string `query:"number" maxLength:"64" doc:"About this number only, however written"`
	}) (*body[wire.List[fax.Fact]], error) {
		list, err := a.server.Learned(in.Number)
		return answer(wire.ListOf(list), err)
	})
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "forgetLearned", Method: http.MethodDelete, Path: Root + "/learned/{number}", Tags: tags,
		Summary: "Forget what calls have taught about a number, because there is another machine now",
	}, func(ctx context.Context, in *struct {
		Number string `path:"number" minLength:"1" maxLength:"64" doc:"The number, however written"`
	}) (*none, error) {
		return nil, a.server.Forget(who(ctx), in.Number)
	})
}
