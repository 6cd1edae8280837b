/** An order that is understood. */
export const NEW_ORDER = {
  method: 'POST',
  target: '/v1/orders',
  headers: { 'content-type': 'application/json' },
  body: '{"symbol":"BTC-USD","side":"buy","type":"limit","quantity":"1","price":"100"}',
}
