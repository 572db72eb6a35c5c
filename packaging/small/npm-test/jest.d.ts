// The types of jest.js.

import { test } from '@jest/globals';
import { UseAuthws } from './index.js';

export declare const useAuthws: UseAuthws<typeof test>;
