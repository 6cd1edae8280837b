/** A throw-away public key infrastructure: made on first use, kept in the state folder, trusted by nobody else. */
import 'reflect-metadata'
import fs from 'node:fs'
import path from 'node:path'
import * as x509 from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const YEAR_MS = 365 * 24 * 3600 * 1000

/** File names of what is made. */
export interface Pki {
  /** Signs the servers' certificates: what a client of the edge or the broker trusts. */
  readonly serverCa: string
  /** Signs the gateway's client certificate: what the broker trusts. */
  readonly gatewayCa: string
  /** Signs traders' client certificates: what the edge calls verified. */
  readonly clientCa: string
  readonly edge: KeyPairFiles
  readonly broker: KeyPairFiles
  readonly gateway: KeyPairFiles
  readonly trader: KeyPairFiles
  /** With which the broker tells the gateway what the market does. */
  readonly feed: KeyPairFiles
}

export interface KeyPairFiles {
  readonly key: string
  readonly certificate: string
}

interface Authority {
  readonly keys: CryptoKeyPair
  readonly certificate: x509.X509Certificate
}

/** The PKI in `folder`, made anew when it is not there or no longer valid for a month. */
export async function openPki(folder: string): Promise<Pki> {
  const file = (name: string) => path.join(folder, name)
  const pair = (name: string) => ({
    key: file(`${name}.key.pem`),
    certificate: file(`${name}.pem`),
  })
  const pki = {
    serverCa: file('server-ca.pem'),
    gatewayCa: file('gateway-ca.pem'),
    clientCa: file('client-ca.pem'),
    edge: pair('edge'),
    broker: pair('broker'),
    gateway: pair('gateway'),
    trader: pair('trader'),
    feed: pair('feed'),
  }
  if (isUsable(pki.feed.certificate)) return pki

  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const servers = await createAuthority('Portcullis demo servers', pki.serverCa)
  const gateways = await createAuthority('Portcullis demo gateways', pki.gatewayCa)
  const clients = await createAuthority('Portcullis demo clients', pki.clientCa)
  const client = [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])]
  const server = [
    new x509.SubjectAlternativeNameExtension([
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
    ]),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
  ]
  await issue(servers, 'localhost edge', server, pki.edge)
  await issue(servers, 'demo broker', server, pki.broker)
  await issue(gateways, 'portcullis gateway', client, pki.gateway)
  await issue(clients, 'demo trader', client, pki.trader)
  await issue(clients, 'demo broker feed', client, pki.feed)
  return pki
}

function isUsable(certificate: string): boolean {
  if (!fs.existsSync(certificate)) return false
  const { notAfter } = new x509.X509Certificate(fs.readFileSync(certificate, 'utf8'))
  return notAfter.getTime() - Date.now() > YEAR_MS / 12
}

async function createAuthority(name: string, file: string): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${name}`,
    ...validity(),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  fs.writeFileSync(file, certificate.toString('pem'))
  return { keys, certificate }
}

async function issue(
  by: Authority,
  name: string,
  extensions: x509.Extension[],
  files: KeyPairFiles,
): Promise<void> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${name}`,
    issuer: by.certificate.subject,
    ...validity(),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: by.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(by.keys.publicKey),
      ...extensions,
    ],
  })
  const key = x509.PemConverter.encode(
    await crypto.subtle.exportKey('pkcs8', keys.privateKey),
    'PRIVATE KEY',
  )
  fs.writeFileSync(files.key, key, { mode: 0o600 })
  fs.writeFileSync(files.certificate, certificate.toString('pem'))
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 3600 * 1000), notAfter: new Date(Date.now() + YEAR_MS) }
}

/** A positive serial number of 64 random bits, in hexadecimal. */
function serial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 1
  return Buffer.from(bytes).toString('hex')
}
