/** Codes of a certificate that nobody trusted has signed. */
const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF).*)$/;

/**
 * Why a server could not be called, in words for the one who named it: where one side speaks TLS and the other does not, what
 * comes of it says so to nobody.
 *
 * @param scheme that it was called with
 */
export function connectionProblem(error: unknown, scheme: 'http' | 'https'): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'nobody listens there';
  if (speaksPlainHttp(error, scheme)) return 'it speaks plain HTTP; use http://';
  if (scheme === 'http' && (/socket hang up/.test(message) || code.startsWith('HPE_')))
    return 'it hung up; if it serves HTTPS, use https://';
  if (UNTRUSTED.test(code))
    return `its certificate is not trusted (${code}); --tls-ca FILE says who signed it`;
  return message;
}

/** A server that was called with https answers in plain HTTP. */
export function speaksPlainHttp(error: unknown, scheme: 'http' | 'https'): boolean {
  const { message } = error as Error;
  return scheme === 'https' && /wrong version number|packet length too long/.test(message);
}
