// A scrolling list that keeps only the rows in sight in the page, whatever its length. Rows may have any
// height: each is measured once it was shown, until then its height is guessed.
//
// Rows lie at absolute places inside one box as high as all of them. A list that `sticks` stays at its end
// while the person is there; else the first row in sight stays where it is, whatever changes above it.
//
// The row that has the keyboard stays in the page. If it is made anew or put elsewhere it gets the keyboard back; if it
// is gone, the nearest row that can be chosen gets it, or else the list: never the page, where keys lead nowhere.
//
// Between press and release nothing changes but by scrolling: a browser gives a click to what was under both, and a
// row that was made anew or moved away in between would never hear of it.

const OVERSCAN_PX = 400;
const END_SLACK_PX = 48;

/**
 * @template Item
 * @typedef {object} ListOptions
 * @property {HTMLElement} box child of the scroller that holds the rows
 * @property {(item: Item) => string} keyOf
 * @property {(item: Item) => string | number} revisionOf a row is made anew when this changes
 * @property {(item: Item) => HTMLElement} renderRow
 * @property {number} guessPx height of a row that was not seen yet
 * @property {(item: Item) => boolean} [isChoice] whether its row may take over the keyboard from one that is gone
 * @property {boolean} [sticks]
 * @property {() => void} [onMoved] the person scrolled
 */
/** @typedef {{element: HTMLElement, revision: string | number, isMeasured: boolean, index: number}} Row `index` as last drawn */
/** @typedef {{key: string, index: number, element: HTMLElement, place: number}} Focus `place` among what its row has to press */

/** @template Item */
export class VirtualList {
  /**
   * @param {HTMLElement} scroller the element that scrolls
   * @param {ListOptions<Item>} options
   */
  constructor(scroller, { box, keyOf, revisionOf, renderRow, guessPx, isChoice = () => false, sticks = false, onMoved = () => {} }) {
    this.scroller = scroller;
    this.box = box;
    this.keyOf = keyOf;
    this.revisionOf = revisionOf;
    this.renderRow = renderRow;
    this.guessPx = guessPx;
    this.isChoice = isChoice;
    this.sticks = sticks;
    this.onMoved = onMoved;
    /** @type {Item[]} */
    this.items = [];
    this.offsets = new Float64Array(1);
    /** @type {Map<string, number>} in pixels, of the rows that were measured */
    this.heights = new Map();
    /** @type {Map<string, Row>} those that are in the page */
    this.rows = new Map();
    this.isAtEnd = sticks;
    /** @type {{key: string, deltaPx: number} | null} the first row in sight */
    this.anchor = null;
    this.widthPx = 0;
    this.isPressed = false;
    /** @type {Item[] | null} what came while it was pressed */
    this.waiting = null;
    box.addEventListener('pointerdown', () => this.#onPress());
    scroller.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    new ResizeObserver(() => this.#onResize()).observe(scroller);
  }

  /** Show these items; call once a frame at most. @param {Item[]} items */
  show(items) {
    if (this.isPressed) {
      this.waiting = items;
      return;
    }
    this.items = items;
    this.render();
  }

  #onPress() {
    if (this.isPressed) return;
    this.isPressed = true;
    const released = new AbortController();
    const onRelease = () => {
      released.abort();
      // Behind the click, which follows the release at once.
      setTimeout(() => this.#onReleased(), 0);
    };
    // Wherever it ends: outside of the list, by a gesture that scrolls, or under another window.
    for (const end of ['pointerup', 'pointercancel', 'blur']) addEventListener(end, onRelease, { signal: released.signal });
  }

  #onReleased() {
    this.isPressed = false;
    const items = this.waiting ?? this.items;
    this.waiting = null;
    this.show(items);
  }

  /** Forget rows and heights and begin at the end (or the start): for other items altogether. */
  restart() {
    for (const { element } of this.rows.values()) element.remove();
    this.rows.clear();
    this.heights.clear();
    this.anchor = null;
    this.isAtEnd = this.sticks;
    if (!this.sticks) this.scroller.scrollTop = 0;
  }

  render() {
    if (!this.scroller.clientHeight) return;
    this.#place();
    for (let pass = 0; pass < 4; pass += 1) {
      this.#draw();
      if (!this.#measure()) break;
      this.#place();
    }
  }

  scrollToEnd() {
    this.isAtEnd = true;
    this.render();
  }

  /** Bring an item into sight and return its row. @param {number} index */
  reveal(index) {
    const topPx = this.offsets[index];
    const bottomPx = this.offsets[index + 1];
    const viewPx = this.scroller.clientHeight;
    if (topPx < this.scroller.scrollTop) this.#scrollTo(topPx);
    else if (bottomPx > this.scroller.scrollTop + viewPx) this.#scrollTo(bottomPx - viewPx);
    this.#note();
    this.render();
    return this.rows.get(this.keyOf(this.items[index]))?.element ?? null;
  }

  /** Return the index of the row that an element is in, -1 for none. @param {Node | null} element */
  indexOf(element) {
    for (const [key, row] of this.rows) {
      if (row.element.contains(element)) return this.items.findIndex((item) => this.keyOf(item) === key);
    }
    return -1;
  }

  /** @param {number} px */
  #scrollTo(px) {
    if (Math.abs(this.scroller.scrollTop - px) > 0.5) this.scroller.scrollTop = px;
  }

  #onScroll() {
    this.#note();
    this.render();
    this.onMoved();
  }

  #onResize() {
    if (this.widthPx !== this.scroller.clientWidth) {
      this.widthPx = this.scroller.clientWidth;
      this.heights.clear();
      for (const row of this.rows.values()) row.isMeasured = false;
    }
    this.render();
  }

  /** Remember where the person is. */
  #note() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    this.isAtEnd = this.sticks && scrollHeight - scrollTop - clientHeight <= END_SLACK_PX;
    const index = this.#indexAt(scrollTop - this.box.offsetTop);
    const item = this.items[index];
    this.anchor = item ? { key: this.keyOf(item), deltaPx: scrollTop - this.offsets[index] } : null;
  }

  /** Sum up the heights, and put the view where it was. */
  #place() {
    const { items, heights, guessPx } = this;
    const offsets = this.offsets.length > items.length ? this.offsets : new Float64Array(items.length * 2 + 1);
    let sumPx = 0;
    let anchorPx = null;
    for (let index = 0; index < items.length; index += 1) {
      const key = this.keyOf(items[index]);
      offsets[index] = sumPx;
      if (this.anchor?.key === key) anchorPx = sumPx + this.anchor.deltaPx;
      sumPx += heights.get(key) ?? guessPx;
    }
    offsets[items.length] = sumPx;
    this.offsets = offsets;
    this.box.style.height = `${sumPx}px`;
    if (this.isAtEnd) this.#scrollTo(this.scroller.scrollHeight - this.scroller.clientHeight);
    else if (anchorPx !== null) this.#scrollTo(anchorPx);
  }

  /** Return the last index that begins at or before a place. @param {number} px */
  #indexAt(px) {
    let low = 0;
    let high = this.items.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.offsets[middle] <= px) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #draw() {
    const topPx = this.scroller.scrollTop - this.box.offsetTop;
    const first = this.#indexAt(topPx - OVERSCAN_PX);
    const last = this.#indexAt(topPx + this.scroller.clientHeight + OVERSCAN_PX);
    /** @type {number[]} */
    const wanted = [];
    for (let index = first; index <= last && index < this.items.length; index += 1) wanted.push(index);
    const focus = this.#focus();
    const heir = focus ? this.#heirOf(focus) : -1;
    if (heir >= 0 && heir < first) wanted.unshift(heir);
    if (heir > last) wanted.push(heir);
    const keys = new Set(wanted.map((index) => this.keyOf(this.items[index])));
    for (const [key, row] of this.rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.rows.delete(key);
    }
    /** @type {HTMLElement | null} */
    let previous = null;
    for (const index of wanted) previous = this.#drawRow(index, previous);
    if (focus && document.activeElement !== focus.element) this.#refocus(focus, heir);
  }

  /** Return what has the keyboard, if that is in a row. @returns {Focus | null} */
  #focus() {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || !this.box.contains(element)) return null;
    for (const [key, row] of this.rows) {
      if (row.element.contains(element)) return { key, index: row.index, element, place: pressables(row.element).indexOf(element) };
    }
    return null;
  }

  /** Return the index of the row that has the keyboard from now on, -1 for none. @param {Focus} focus */
  #heirOf({ key, index }) {
    const same = this.items.findIndex((item) => this.keyOf(item) === key);
    if (same >= 0) return same;
    const above = this.items.findLastIndex((item, at) => at <= index && this.isChoice(item));
    const below = this.items.findIndex((item, at) => at >= index && this.isChoice(item));
    if (above < 0 || below < 0) return Math.max(above, below);
    return index - above < below - index ? above : below;
  }

  /** @param {Focus} focus @param {number} heir */
  #refocus({ key, place }, heir) {
    const item = this.items[heir];
    const row = item && this.rows.get(this.keyOf(item));
    const choices = row ? pressables(row.element) : [];
    const choice = item && this.keyOf(item) === key ? choices[place] ?? choices.at(-1) : choices[0];
    (choice ?? this.scroller).focus({ preventScroll: true });
  }

  /** @param {number} index @param {HTMLElement | null} previous @returns {HTMLElement} */
  #drawRow(index, previous) {
    const item = this.items[index];
    const key = this.keyOf(item);
    const revision = this.revisionOf(item);
    let row = this.rows.get(key);
    if (!row || (row.revision !== revision && !this.isPressed)) {
      const element = this.renderRow(item);
      row?.element.replaceWith(element);
      row = { element, revision, isMeasured: false, index };
      this.rows.set(key, row);
    }
    row.index = index;
    const { element } = row;
    element.style.transform = `translateY(${this.offsets[index]}px)`;
    element.setAttribute('aria-setsize', String(this.items.length));
    element.setAttribute('aria-posinset', String(index + 1));
    const next = previous ? previous.nextSibling : this.box.firstChild;
    if (element !== next) this.box.insertBefore(element, next);
    return element;
  }

  /** Measure the rows that are new; `true` if the guesses were wrong. */
  #measure() {
    let isWrong = false;
    for (const [key, row] of this.rows) {
      if (row.isMeasured) continue;
      row.isMeasured = true;
      const heightPx = row.element.offsetHeight;
      if (this.heights.get(key) !== heightPx) {
        this.heights.set(key, heightPx);
        isWrong = true;
      }
    }
    return isWrong;
  }
}

/** Return what can be pressed in a row. @param {HTMLElement} row @returns {HTMLElement[]} */
const pressables = (row) => [...row.querySelectorAll(/** @type {'a'} */ ('button, a[href]'))];
