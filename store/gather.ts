/** Values by key, each once. */
export function gather<K, V>(pairs: readonly (readonly [K, V])[]): Map<K, Set<V>> {
  const gathered = new Map<K, Set<V>>();
  for (const [key, value] of pairs) {
    const set = gathered.get(key);
    if (set) set.add(value);
    else gathered.set(key, new Set([value]));
  }
  return gathered;
}
