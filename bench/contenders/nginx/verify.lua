-- Verifies the compact dialect and keeps each key's limit, for nginx's access phase. Hashes are OpenSSL's, which nginx
-- itself is linked with, called by LuaJIT's foreign function interface.
local ffi = require("ffi")
local C = ffi.C

ffi.cdef([[
typedef struct evp_md_st EVP_MD;
const EVP_MD *EVP_sha256(void);
unsigned char *HMAC(const EVP_MD *md, const void *key, int key_len, const unsigned char *data, size_t data_len,
                    unsigned char *out, unsigned int *out_len);
unsigned char *SHA256(const unsigned char *data, size_t len, unsigned char *out);
int CRYPTO_memcmp(const void *a, const void *b, size_t len);
]])

-- How old a signature may be and how far ahead its clock, in milliseconds.
local WINDOW_MS = 10000
local LEAD_MS = 1000

local sha256 = C.EVP_sha256()
local digest = ffi.new("unsigned char[32]")
local digest_length = ffi.new("unsigned int[1]")

local verify = {}

-- By id: the bytes of the secret, and what the key may spend in a second.
local secrets, limits = {}, {}

-- Reads lines of id, secret in base64, and limit. Called once, before the worker is forked.
function verify.read_keys(file)
  for line in io.lines(file) do
    local id, secret, limit = line:match("^(%S+) (%S+) (%d+)$")
    secrets[id] = assert(ngx.decode_base64(secret))
    limits[id] = tonumber(limit)
  end
end

local hex = {}
for byte = 0, 255 do
  hex[byte] = string.format("%02x", byte)
end

local parts = {}

-- What is in `digest`, in lower-case hexadecimal.
local function hex_digest()
  for i = 0, 31 do
    parts[i + 1] = hex[digest[i]]
  end
  return table.concat(parts, "", 1, 32)
end

local function unauthorized()
  return ngx.exit(ngx.HTTP_UNAUTHORIZED)
end

-- The id of the key that signed this request, or nothing.
local function signer(var)
  local id, timestamp = var.http_pc_key, var.http_pc_timestamp
  local nonce, signature = var.http_pc_nonce, var.http_pc_signature
  if not (id and timestamp and nonce and signature) then
    return nil
  end
  if #timestamp ~= 13 or timestamp:find("%D") or #signature ~= 64 then
    return nil
  end
  local offset = tonumber(timestamp) - ngx.now() * 1000
  if offset < -WINDOW_MS or offset > LEAD_MS then
    return nil
  end
  local secret = secrets[id]
  if not secret then
    return nil
  end

  ngx.req.read_body()
  -- The buffer holds the largest body that is let in, so none is ever in a file.
  local body = ngx.req.get_body_data() or ""
  C.SHA256(body, #body, digest)
  local lines = table.concat(
    { "PC1", timestamp, nonce, var.request_method, (var.http_host or ""):lower(), var.request_uri, hex_digest() },
    "\n"
  )
  C.HMAC(sha256, secret, #secret, lines, #lines, digest, digest_length)
  return C.CRYPTO_memcmp(hex_digest(), signature, 64) == 0 and id or nil
end

-- Whether the key has something left. A sliding window in its usual approximation: this second's count, and of the
-- second before the part that is not over yet, as if its requests had come evenly. What is refused is not counted.
local function spend(id)
  local rates = ngx.shared.rates
  local now = ngx.now()
  local second = math.floor(now)
  local before = rates:get(id .. second - 1) or 0
  local key = id .. second
  local count = rates:incr(key, 1, 0, 2)
  if not count then
    return false
  end
  if before * (1 - (now - second)) + count <= limits[id] then
    return true
  end
  rates:incr(key, -1)
  return false
end

-- Lets the request through, or answers it. The limit comes after the signature: a stranger spends nothing of anybody's.
function verify.admit()
  local id = signer(ngx.var)
  if not id then
    return unauthorized()
  end
  if not spend(id) then
    ngx.header["Retry-After"] = 1
    return ngx.exit(ngx.HTTP_TOO_MANY_REQUESTS)
  end
end

return verify
