package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"sluice/engine/mistakes"
)

// Parameters of new hashes: the smallest that OWASP recommends for argon2id.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	argonSalt    = 16 // bytes
	argonLength  = 32 // bytes
)

// Bounds of hashes made elsewhere, so that checking one does not stop the machine.
const (
	maxMemory     = 1 << 20 // KiB
	maxTime       = 64
	maxBcryptCost = 16
)

// passwordHash is a hash that passwords are compared with.
type passwordHash interface{ matches(password string) bool }

// HashPassword returns a new argon2id hash of password in PHC format. It takes tens of milliseconds.
func HashPassword(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	sum := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonLength)
	text := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, text(salt), text(sum))
}

// parseHash reads an argon2id hash in PHC format or a bcrypt hash. Errors do not repeat it.
func parseHash(text string) (passwordHash, error) {
	switch {
	case strings.HasPrefix(text, "$argon2id$"):
		return parseArgon2id(text)
	case strings.HasPrefix(text, "$2"):
		return parseBcrypt(text)
	}
	return nil, mistakes.New("the hash is neither argon2id in PHC format nor bcrypt")
}

type argon2idHash struct {
	memory, time uint32
	threads      uint8
	salt, sum    []byte
}

func parseArgon2id(text string) (passwordHash, error) {
	fields := strings.Split(text, "$")
	if len(fields) != 6 {
		return nil, mistakes.New("the argon2id hash does not have five fields")
	}
	if fields[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, mistakes.Errorf("the argon2id hash is not of version %d", argon2.Version)
	}
	var h argon2idHash
	var err error
	if _, err = fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil ||
		fields[3] != fmt.Sprintf("m=%d,t=%d,p=%d", h.memory, h.time, h.threads) {
		return nil, mistakes.New("the argon2id hash does not have the parameters m, t and p")
	}
	if h.threads < 1 || h.time < 1 || h.time > maxTime || h.memory < 8*uint32(h.threads) || h.memory > maxMemory {
		return nil, mistakes.Errorf("the argon2id hash has parameters out of bounds: m is up to %d, t up to %d", maxMemory, maxTime)
	}
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(fields[4]); err != nil || len(h.salt) < 8 {
		return nil, mistakes.New("the salt of the argon2id hash is not 8 or more bytes in base64")
	}
	if h.sum, err = base64.RawStdEncoding.Strict().DecodeString(fields[5]); err != nil || len(h.sum) < 16 || len(h.sum) > 128 {
		return nil, mistakes.New("the argon2id hash is not 16 to 128 bytes in base64")
	}
	return &h, nil
}

func (h *argon2idHash) matches(password string) bool {
	sum := argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, uint32(len(h.sum)))
	return subtle.ConstantTimeCompare(sum, h.sum) == 1
}

type bcryptHash []byte

func parseBcrypt(text string) (passwordHash, error) {
	cost, err := bcrypt.Cost([]byte(text))
	if err != nil {
		return nil, mistakes.New("the bcrypt hash cannot be read")
	}
	if cost > maxBcryptCost {
		return nil, mistakes.Errorf("the bcrypt hash has the cost %d, which is above %d", cost, maxBcryptCost)
	}
	return bcryptHash(text), nil
}

func (h bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword(h, []byte(password)) == nil
}
