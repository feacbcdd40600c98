package keys

// Each is what CertificateEach and PSKEach are made of.
var Each = newEach
