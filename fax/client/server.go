package client

import (
	"context"
	"net/http"

	"faxbox/fax"
)

// Read reads the settings.
func (s *Server) Read(ctx context.Context) error { return s.get(ctx, "/server", &s.Server) }

// Set changes settings on the server at once: all that the patch names, or none.
func (s *Server) Set(ctx context.Context, p fax.ServerPatch) error {
	return s.Do(ctx, http.MethodPatch, "/server", p, &s.Server)
}

// SetArchiveDirectory says where sent faxes are kept.
func (s *Server) SetArchiveDirectory(ctx context.Context, path string) error {
	return s.Set(ctx, fax.ServerPatch{ArchiveDirectory: &path})
}

// SetArchiveOutboundFaxes keeps a copy of every sent fax in ArchiveDirectory, which must be set.
func (s *Server) SetArchiveOutboundFaxes(ctx context.Context, on bool) error {
	return s.Set(ctx, fax.ServerPatch{ArchiveOutboundFaxes: &on})
}

// SetBranding puts a header line on each page sent.
func (s *Server) SetBranding(ctx context.Context, on bool) error {
	return s.Set(ctx, fax.ServerPatch{Branding: &on})
}

// SetDirtyDays says how many days a failed job stays in the queue; 0 and -1: for ever.
func (s *Server) SetDirtyDays(ctx context.Context, days int) error {
	return s.Set(ctx, fax.ServerPatch{DirtyDays: &days})
}

// SetDiscountRateStartHour says in which hour the cheap period begins, 0-23.
func (s *Server) SetDiscountRateStartHour(ctx context.Context, hour int) error {
	return s.Set(ctx, fax.ServerPatch{DiscountRateStartHour: &hour})
}

// SetDiscountRateStartMinute says in which minute it begins, 0-59.
func (s *Server) SetDiscountRateStartMinute(ctx context.Context, minute int) error {
	return s.Set(ctx, fax.ServerPatch{DiscountRateStartMinute: &minute})
}

// SetDiscountRateEndHour says in which hour it ends, 0-23.
func (s *Server) SetDiscountRateEndHour(ctx context.Context, hour int) error {
	return s.Set(ctx, fax.ServerPatch{DiscountRateEndHour: &hour})
}

// SetDiscountRateEndMinute says in which minute it ends, 0-59.
func (s *Server) SetDiscountRateEndMinute(ctx context.Context, minute int) error {
	return s.Set(ctx, fax.ServerPatch{DiscountRateEndMinute: &minute})
}

// SetPauseServerQueue holds the outgoing queue; running calls, receiving and submitting go on.
func (s *Server) SetPauseServerQueue(ctx context.Context, on bool) error {
	return s.Set(ctx, fax.ServerPatch{PauseServerQueue: &on})
}

// SetRetries says how often a fax is tried again after the first attempt, 0-99.
func (s *Server) SetRetries(ctx context.Context, n int) error {
	return s.Set(ctx, fax.ServerPatch{Retries: &n})
}

// SetRetryDelay says how many minutes lie between attempts.
func (s *Server) SetRetryDelay(ctx context.Context, minutes int) error {
	return s.Set(ctx, fax.ServerPatch{RetryDelay: &minutes})
}

// SetServerCoverpage allows only cover pages that are kept on the server.
func (s *Server) SetServerCoverpage(ctx context.Context, on bool) error {
	return s.Set(ctx, fax.ServerPatch{ServerCoverpage: &on})
}

// SetServerMapiProfile names the outgoing mail account.
func (s *Server) SetServerMapiProfile(ctx context.Context, name string) error {
	return s.Set(ctx, fax.ServerPatch{ServerMapiProfile: &name})
}

// SetUseDeviceTsid always sends the port's TSID, whatever a document's is.
func (s *Server) SetUseDeviceTsid(ctx context.Context, on bool) error {
	return s.Set(ctx, fax.ServerPatch{UseDeviceTsid: &on})
}
