package store

import "sluice/engine/mistakes"

// Table is one of those that hold certificates and keys. What is in them is opaque to the store; secrets come sealed.
type Table uint8

// Tables.
const (
	Certificates  Table = iota // public parts, by fingerprint
	Keys                       // sealed private and pre-shared keys, by what they are labelled with
	PreSharedKeys              // what there is to know of them but the keys, by identity
	Revoked                    // what was revoked and is not kept any more, by fingerprint
	Sealing                    // where the key is that seals
)

var tables = map[Table][]byte{
	Certificates: bucketCertificates, Keys: bucketKeys, PreSharedKeys: bucketPreSharedKeys,
	Revoked: bucketRevoked, Sealing: bucketSealing,
}

// Secured is a value of one of the tables of certificates and keys. A nil Value deletes.
type Secured struct {
	Table Table
	Key   string
	Value []byte
}

// PutSecured makes all the changes in one transaction, so that a certificate is never without its key, and returns when
// they are on disk. After an error none is made.
func (s *Store) PutSecured(changes ...Secured) error {
	if len(changes) == 0 {
		return nil
	}
	writes := make([]write, len(changes))
	for i, c := range changes {
		bucket, known := tables[c.Table]
		if !known {
			return mistakes.Errorf("state file: table %d is unknown", c.Table)
		}
		writes[i] = write{bucket: bucket, key: c.Key}
		if c.Value == nil {
			continue
		}
		if err := writable(c.Key, c.Value); err != nil {
			return err
		}
		writes[i].value = seal(c.Key, c.Value)
	}
	return wait(func(done func(error)) {
		writes[len(writes)-1].done = done
		if err := s.tryEnqueue(writes...); err != nil {
			done(err)
		}
	})
}

// Secured calls fn for every value of a table, ordered by key, until fn returns an error. fn may keep value; it must not
// wait for a write.
func (s *Store) Secured(table Table, fn func(key string, value []byte) error) error {
	bucket, known := tables[table]
	if !known {
		return mistakes.Errorf("state file: table %d is unknown", table)
	}
	return s.each(bucket, fn)
}
