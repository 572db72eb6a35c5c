// For Node's own test runner. Types are in node.d.ts.

import { after, afterEach, before, beforeEach, test } from 'node:test';

import { adapt } from './index.js';

// It has no limits of its own, and takes none as a number.
const unlimited = (run) => (...given) => run(...given.filter((each) => typeof each !== 'number'));
const plain = Object.assign(unlimited(test), { only: unlimited(test.only), skip: test.skip, todo: test.todo });

export const useAuthws = adapt({ beforeAll: unlimited(before), afterAll: after, beforeEach, afterEach }, plain);
