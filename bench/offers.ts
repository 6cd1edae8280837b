/** What others ask in public for part of the same work: list prices, each with the page it is from. Nothing here is measured. */
import type { Section, Table } from './table.ts'

interface Source {
  readonly url: string
  /** When the page that was read was from; a stored copy often bears no date. */
  readonly from: string
  readonly says: string
}

const UNDATED = 'stored copy without a date, read in November 2026'
const AWS_GUIDE = 'https://docs.aws.amazon.com/apigateway/latest/developerguide'

const SOURCES = {
  apiGateway: {
    url: 'https://aws.amazon.com/api-gateway/pricing/',
    from: 'September 2026, as transcribed by api-evangelist/amazon-web-services',
    says: 'its worked examples, US regions: HTTP API $1.00, above 300 million a month $0.90; REST API $3.50, then $2.80 and $2.38',
  },
  whitepaper: {
    url: 'https://docs.aws.amazon.com/pt_br/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html',
    from: UNDATED,
    says: 'the same prices, the HTTP API’s for us-east-1; REST API $3.50 for the first 333 million a month',
  },
  lambda: {
    url: 'https://docs.aws.amazon.com/whitepapers/latest/how-aws-pricing-works/lambda.html',
    from: UNDATED,
    says: '$0.20 per million requests, $0.00001667 per GB-second, by the millisecond; so does the price page of May 2026, as transcribed by api-evangelist/aws-lambda',
  },
  waf: {
    url: 'https://docs.aws.amazon.com/solutions/latest/cloud-migration-factory-on-aws/cost.html',
    from: UNDATED,
    says: 'AWS WAF: $0.60 per million requests, $5.00 a month for a web ACL, $1.00 for a rule; its own price page was not among the stored copies',
  },
  httpOrRest: {
    url: `${AWS_GUIDE}/http-api-vs-rest.html`,
    from: UNDATED,
    says: 'API keys, per-client limits and AWS WAF: REST API yes, HTTP API no',
  },
  httpThrottling: {
    url: 'https://docs.amazonaws.cn/apigateway/latest/developerguide/http-api-throttling.md',
    from: `${UNDATED}, in Chinese`,
    says: 'HTTP API: limits by account and route, best effort, targets rather than guaranteed ceilings',
  },
  restThrottling: {
    url: `${AWS_GUIDE}/api-gateway-request-throttling`,
    from: UNDATED,
    says: 'REST API: “applied on a best-effort basis and should be thought of as targets rather than guaranteed request ceilings”',
  },
  usagePlans: {
    url: `${AWS_GUIDE}/api-gateway-api-usage-plans.html`,
    from: UNDATED,
    says: 'usage plans are not hard limits, and are not to be relied on “to control costs or block access to an API”',
  },
  sigV4: {
    url: `${AWS_GUIDE}/http-api-access-control-iam.html`,
    from: UNDATED,
    says: 'IAM authorization: clients sign with Signature Version 4 and AWS credentials; for REST APIs alike',
  },
  fiveMinutes: {
    url: 'https://repost.aws/questions/QUdUp8J3LVS_OdlzmjXq09RA/invalidsignatureexception-while-invoking-a-lambda-via-api-gateway',
    from: UNDATED,
    says: 'quotes the IAM guide: a signed request must reach AWS within five minutes of its time stamp',
  },
  authorizer: {
    url: `${AWS_GUIDE}/api-gateway-lambda-authorizer-input.html`,
    from: UNDATED,
    says: 'what a Lambda authorizer is given: headers, path and query parameters, stage variables, context; no body is named',
  },
  shield: {
    url: 'https://developers.cloudflare.com/api-shield/index.md',
    from: UNDATED,
    says: '“Enterprise-only paid add-on”; an older copy: client certificates for anyone, with a Cloudflare-managed authority',
  },
  shieldPlans: {
    url: 'https://developers.cloudflare.com/api-shield/plans/',
    from: `${UNDATED}, in cloudflare/cloudflare-docs`,
    says: 'what each plan has, and that one subscribes through the account team; no price',
  },
  shieldFeatures: {
    url: 'https://developers.cloudflare.com/api-shield/reference',
    from: UNDATED,
    says: 'the list of its features',
  },
} as const satisfies Record<string, Source>

/** In dollars per million, in the lowest tier. */
const AWS = { http: 1, rest: 3.5, lambdaRequest: 0.2, lambdaGbSecond: 16.67, waf: 0.6 }
/** The least a Lambda can have, and next to no time: any look-up in it takes longer. */
const AUTHORIZER = { gb: 0.125, seconds: 0.005 }
const AUTHORIZED = AWS.lambdaRequest + AUTHORIZER.gb * AUTHORIZER.seconds * AWS.lambdaGbSecond

interface Offer {
  readonly title: string
  readonly perMillion: string
  readonly paid: string
  readonly lacks: string
  readonly sources: readonly (keyof typeof SOURCES)[]
}

const OFFERS: readonly Offer[] = [
  {
    title: 'AWS API Gateway, HTTP API',
    perMillion: dollars(AWS.http),
    paid: 'a call passed on, its JWT checked or its Signature Version 4 (HMAC, with AWS credentials); above 300 million a month $0.90',
    lacks:
      'No API keys, no limits per client, no AWS WAF. Its limits are best effort. No HMAC with a secret of your own. What its pages say of replay is a window of five minutes, not that a request counts once',
    sources: ['apiGateway', 'whitepaper', 'httpOrRest', 'httpThrottling', 'sigV4', 'fiveMinutes'],
  },
  {
    title: 'the same, and a Lambda authorizer for each request',
    perMillion: dollars(AWS.http + AUTHORIZED),
    paid: 'also a function of your own, at 128 MB and 5 ms (assumed): $0.20 and $0.01. A signature that differs each time cannot be cached',
    lacks:
      'A body is not among what the function is given, so what it checks cannot cover one. Remembering what was used and counting exactly need a database, which is not in the price',
    sources: ['lambda', 'authorizer'],
  },
  {
    title: 'AWS API Gateway, REST API',
    perMillion: dollars(AWS.rest),
    paid: 'also API keys and usage plans; the first 333 million a month',
    lacks:
      'Limits per key are best effort, by AWS’s own words. An API key is sent as it is and signs nothing. Signature Version 4 as above',
    sources: ['apiGateway', 'whitepaper', 'restThrottling', 'usagePlans'],
  },
  {
    title: 'the same, a Lambda authorizer and AWS WAF',
    perMillion: dollars(AWS.rest + AUTHORIZED + AWS.waf),
    paid: 'also rules over what is asked: $0.60, and by the month $5 for a list of rules and $1 for each rule',
    lacks: 'As above: nothing here makes a request valid once, or a limit exact',
    sources: ['lambda', 'authorizer', 'waf'],
  },
  {
    title: 'Cloudflare API Shield',
    perMillion: 'no public price',
    paid: 'an add-on to Enterprise contracts, not metered per million in public. Self-service plans have two of its parts: endpoint management and schema validation (100, 250 or 500 endpoints; 5, 5 or 10 schemas of 200 kB, 500 kB or 2 MB together; only blocking); anyone may set up client certificates of an authority that Cloudflare manages',
    lacks:
      'Its list of features names JWT validation, client certificates, schemas and the detection of abuse; no HMAC over a request, no replay protection, no limit per key that is exact',
    sources: ['shield', 'shieldPlans', 'shieldFeatures'],
  },
]

const OWN = {
  paid: 'a request that is signed, fresh, used once, permitted, within exact limits, and recorded',
  lacks: 'No rules against web attacks, as a WAF has',
}

export function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`
}

/** What Portcullis costs, and below it what others ask; then where each figure is from. */
export function offersBeside(perMillion: string): Section['parts'] {
  const names = Object.keys(SOURCES)
  const cited = (keys: Offer['sources']) => keys.map((key) => names.indexOf(key) + 1).join(', ')
  const own = ['Portcullis, as counted above', perMillion, OWN.paid, OWN.lacks, '']
  const rows = OFFERS.map(({ title, perMillion: price, paid, lacks, sources }) => {
    return [title, price, paid, lacks, cited(sources)]
  })
  const sources = Object.values(SOURCES).map(
    ({ url, from, says }, i) => `${i + 1}. <${url}> (${from}): ${says}`,
  )
  const head = ['', 'per million', 'what is paid for', 'what it does not do', 'sources']
  const offers: Table = { head, rows: [own, ...rows] }
  return [offers, sources.join('\n')]
}
