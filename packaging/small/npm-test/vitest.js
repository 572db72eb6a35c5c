// For Vitest. Types are in vitest.d.ts.

import { afterAll, afterEach, beforeAll, beforeEach, test } from 'vitest';

import { adapt } from './index.js';

export const useAuthws = adapt({ beforeAll, afterAll, beforeEach, afterEach }, test);
