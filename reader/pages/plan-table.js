/*
 * The table of changes: filtered and turned over in the browser, from the rows that the page carries. Values are put
 * in as text only, never as HTML.
 */
(() => {
  const byId = (id) => document.getElementById(id);
  const carried = (id) => JSON.parse(byId(id).textContent);
  const [words, rows] = [carried('words'), carried('changes')];
  const [SEQ, KIND, WHO, IDS, WHERE, VALUES, WHY, STOPPED, RELEASED, OUTCOME, DETAIL] = Array(11).keys();
  const rowsPerPage = 100;
  const shownAtOnce = 4;

  markExpiry();
  offerCopying();
  if (!byId('rows')) return;

  const body = byId('rows').tBodies[0];
  const controls = { text: byId('filter-text'), kind: byId('filter-kind'), standing: byId('filter-standing') };
  const state = { found: rows, page: 0, isPrinted: false };
  const standings = {
    stopped: ['held back', (row) => isStopped(row)],
    free: ['free to go', (row) => !isStopped(row) && row[OUTCOME] === ''],
    ...Object.fromEntries(
      Object.entries(words.outcomes)
        .filter(([outcome]) => outcome !== 'waiting')
        .map(([outcome, text]) => [outcome, [text, (row) => row[OUTCOME] === outcome]]),
    ),
  };

  fillChoices();
  byId('filters').hidden = false;
  byId('filters').addEventListener('input', filter);
  byId('filters').addEventListener('reset', () => setTimeout(filter));
  byId('filters').addEventListener('submit', (event) => event.preventDefault());
  byId('pager').addEventListener('click', turn);
  for (const button of document.querySelectorAll('button[data-kind]')) button.addEventListener('click', showKind);
  addEventListener('beforeprint', () => print(true));
  addEventListener('afterprint', () => print(false));
  const paper = matchMedia('print');
  paper.addEventListener('change', () => print(paper.matches));
  filter();

  function isStopped(row) {
    return row[STOPPED] !== '' && row[RELEASED] === '' && (row[OUTCOME] === '' || row[OUTCOME] === 'waiting');
  }

  /** Only what there is can be chosen, with how many there are. */
  function fillChoices() {
    for (const [kind, text] of Object.entries(words.kinds))
      choice(controls.kind, kind, text, (row) => row[KIND] === kind);
    for (const [name, [text, holds]] of Object.entries(standings)) choice(controls.standing, name, text, holds);
  }

  function choice(select, value, text, holds) {
    const count = rows.filter(holds).length;
    if (count > 0) select.append(new Option(`${text} (${count.toLocaleString('en')})`, value));
  }

  /** What a row is searched by, made when it is first asked for. */
  const searched = new Map();
  function searchText(row) {
    let text = searched.get(row);
    if (text === undefined) {
      text = plain(
        [
          words.kinds[row[KIND]],
          row[WHO],
          row[IDS],
          row[WHERE],
          ...row[VALUES].flat(),
          row[WHY],
          row[STOPPED],
          row[DETAIL],
        ].join('\n'),
      );
      searched.set(row, text);
    }
    return text;
  }

  /** Without regard to case and accents. */
  function plain(text) {
    return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  }

  function filter() {
    const wanted = plain(controls.text.value).trim().split(/\s+/).filter(Boolean);
    const { value: kind } = controls.kind;
    const holds = standings[controls.standing.value]?.[1];
    state.found = rows.filter(
      (row) =>
        (kind === '' || row[KIND] === kind) &&
        (holds === undefined || holds(row)) &&
        wanted.every((word) => searchText(row).includes(word)),
    );
    state.page = 0;
    draw();
  }

  function showKind(event) {
    controls.kind.value = event.currentTarget.dataset.kind;
    filter();
    byId('changes-title').scrollIntoView();
    controls.kind.focus({ preventScroll: true });
  }

  function lastPage() {
    return Math.max(0, Math.ceil(state.found.length / rowsPerPage) - 1);
  }

  function turn(event) {
    const go = event.target.dataset.go;
    if (!go) return;
    const pages = { first: 0, previous: state.page - 1, next: state.page + 1, last: lastPage() };
    state.page = Math.min(lastPage(), Math.max(0, pages[go]));
    draw();
    byId('changes-title').scrollIntoView();
  }

  /** On paper there is no turning over: all rows of the filter are printed, with all their values. */
  function print(isPrinted) {
    if (state.isPrinted === isPrinted) return;
    state.isPrinted = isPrinted;
    draw();
    for (const details of document.querySelectorAll('details:not([open])')) if (isPrinted) details.dataset.closed = '';
    for (const details of document.querySelectorAll('details[data-closed]')) {
      details.open = isPrinted;
      if (!isPrinted) delete details.dataset.closed;
    }
  }

  function draw() {
    const from = state.isPrinted ? 0 : state.page * rowsPerPage;
    const to = state.isPrinted ? state.found.length : from + rowsPerPage;
    const shown = state.found.slice(from, to);
    body.replaceChildren(...(shown.length > 0 ? shown.map(drawRow) : [emptyRow()]));
    const number = (value) => value.toLocaleString('en');
    byId('shown').textContent =
      state.found.length === rows.length
        ? `${number(rows.length)} ${rows.length === 1 ? 'change' : 'changes'}`
        : `${number(state.found.length)} of ${number(rows.length)} changes match the filter`;
    byId('pager').hidden = lastPage() === 0;
    byId('position').textContent =
      `${number(from + 1)} to ${number(Math.min(to, state.found.length))} of ${number(state.found.length)}`;
    for (const button of byId('pager').querySelectorAll('button')) {
      const isBack = button.dataset.go === 'first' || button.dataset.go === 'previous';
      button.disabled = state.page === (isBack ? 0 : lastPage());
    }
  }

  function emptyRow() {
    const cell = element('td', 'nothing', 'No change matches the filter.');
    cell.colSpan = 6;
    return element('tr', '', cell);
  }

  function drawRow(row) {
    const arrow = row[KIND] === 'add-member' ? '→ ' : row[KIND] === 'remove-member' ? '✕ ' : '';
    const who = [element('span', 'name', name(row[WHO]))];
    if (row[WHERE] !== '' && row[WHERE] !== row[WHO]) who.push(element('span', 'where', arrow, name(row[WHERE])));
    if (row[IDS] !== '') who.push(element('span', 'ids', name(row[IDS])));
    return element(
      'tr',
      isStopped(row) ? 'is-stopped' : '',
      element('td', 'number', String(row[SEQ] + 1)),
      element('td', 'kind', words.kinds[row[KIND]] ?? row[KIND]),
      element('td', 'who', ...who),
      element('td', 'values', ...drawValues(row[VALUES])),
      element('td', 'why', row[WHY]),
      element('td', 'standing', ...standing(row)),
    );
  }

  function drawValues(values) {
    const lines = values.map(([attribute, before, after]) => {
      const parts = [element('span', 'attribute', attribute), ' '];
      if (before !== null) parts.push(element('del', '', value(before)));
      if (before !== null && after !== null) parts.push(' → ');
      if (after !== null) parts.push(element('ins', '', value(after)));
      return element('div', 'value', ...parts);
    });
    if (lines.length <= shownAtOnce) return lines;
    const more = element('details', '', element('summary', '', `${lines.length - shownAtOnce + 1} more`));
    more.append(...lines.slice(shownAtOnce - 1));
    more.open = state.isPrinted;
    return [...lines.slice(0, shownAtOnce - 1), more];
  }

  function standing(row) {
    const [stopped, outcome] = [isStopped(row), row[OUTCOME]];
    const tone = stopped || outcome === 'parked' ? 'look' : outcome === 'applied' ? 'good' : 'calm';
    const told = row[DETAIL] === 'approval-over' ? 'not carried out' : words.outcomes[outcome];
    const text = stopped ? 'held back' : outcome === '' ? 'free to go' : told;
    const parts = [element('span', `badge ${tone}`, text)];
    if (stopped) parts.push(element('span', 'more', row[STOPPED]));
    else if (row[DETAIL] !== '') parts.push(element('span', 'more', name(row[DETAIL])));
    if (row[RELEASED] !== '') parts.push(element('span', 'more', `released by plan ${row[RELEASED]}`));
    return parts;
  }

  function value(text) {
    return text === '' ? element('em', 'empty', 'nothing') : name(text);
  }

  /** A text of somebody else's, kept apart from what stands beside it. */
  function name(text) {
    return element('bdi', '', visible(text));
  }

  /** Characters that move, hide or reverse others are told by their number. */
  function visible(text) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (one) => {
      return `⟨U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
    });
  }

  function element(tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  /** The page may be looked at long after it was made. */
  function markExpiry() {
    const [expiry, told] = [document.querySelector('[data-expiry]'), document.querySelector('[data-expired]')];
    const isWaiting = document.querySelector('.next.look') !== null;
    if (expiry && told && isWaiting && Date.parse(expiry.dateTime) < Date.now()) told.hidden = false;
  }

  function offerCopying() {
    if (!navigator.clipboard) return;
    for (const button of document.querySelectorAll('button[data-copy]')) {
      button.hidden = false;
      button.addEventListener('click', async () => {
        await navigator.clipboard.writeText(button.previousElementSibling.textContent);
        button.textContent = 'Copied';
      });
    }
  }
})();
