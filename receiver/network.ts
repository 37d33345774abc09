import ipaddr from 'ipaddr.js';

/** Of IPv6, whoever has one address has 2^64 of them (RFC 4291, section 2.5.1); an IPv4 address is one sender's. */
const networkBits = 64;

/** Whom an address belongs to, as far as it tells. What is no address, as a proxy may pass on, stands for itself. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const ip = ipaddr.process(address);
  return ip.kind() === 'ipv4' ? ip.toString() : ipaddr.IPv6.networkAddressFromCIDR(`${ip}/${networkBits}`).toString();
}
