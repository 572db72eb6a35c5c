// For Jest, run with its support of ES modules: NODE_OPTIONS=--experimental-vm-modules. Types are in jest.d.ts.

import { afterAll, afterEach, beforeAll, beforeEach, test } from '@jest/globals';

import { adapt } from './index.js';

export const useAuthws = adapt({ beforeAll, afterAll, beforeEach, afterEach }, test);
