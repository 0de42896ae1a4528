package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"faxbox/fax"
	"faxbox/store"
)

// webhookKey is the store's name for what the secrets of webhooks are made from.
const webhookKey = "webhook-key"

// WebhookSecret is what requests of the webhook method of a port are signed with, as it is told their receiver. Needs
// fax.ConfigSet; ErrNotFound if there is no such port or the method signs nothing.
func (s *Server) WebhookSecret(who Who, id fax.DeviceID, guid string) (string, error) {
	if !who.Rights.Has(fax.ConfigSet) {
		return "", fax.ErrDenied
	}
	list, err := s.RoutingMethods(id)
	if err != nil {
		return "", err
	}
	for _, m := range list {
		if fax.SameGuid(m.Guid, guid) && fax.SameGuid(guid, fax.RouteWebhook) && m.Setting != "" {
			secret, err := s.webhookSecret(m.Setting)
			return "whsec_" + base64.StdEncoding.EncodeToString(secret), err
		}
	}
	return "", ErrNotFound
}

// webhookSecret is the secret of a URL: none can be found from another.
func (s *Server) webhookSecret(url string) ([]byte, error) {
	s.change.Lock()
	defer s.change.Unlock()
	key, err := s.store.Value(webhookKey)
	if errors.Is(err, store.ErrNotFound) {
		key = make([]byte, 32)
		rand.Read(key) // never fails
		err = s.store.PutValue(webhookKey, key)
	}
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte("webhook " + url)) // never fails
	return h.Sum(nil), nil
}
