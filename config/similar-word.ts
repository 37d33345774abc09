/** The known word that somebody most likely meant; undefined when none is near. */
export function closestTo(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  const nearest = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  // Two swapped letters count as two edits.
  const limit = Math.min(Math.max(2, Math.floor(word.length / 3)), word.length - 1);
  return nearest !== undefined && nearest.distance <= limit ? nearest.candidate : undefined;
}

/** Levenshtein distance, row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries())
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    row = next;
  }
  return row.at(-1) ?? 0;
}
