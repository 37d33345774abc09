import { expect, it } from 'vitest';
import { groupSchema, userSchema } from '../../connectors/atlassian-cloud/wire.ts';
import { vendorId } from '../../connectors/vendor-id.ts';

it.each(['00u1', 'b7a0e2c8-5f0c-4a43', '🚀', 'a b'])('takes the id %j as it is', (id) => {
  expect(vendorId.parse(id)).toBe(id);
});

it.each(['', 'a\0b', 'a\ud83d', '\ude80a'])(
  'refuses the id %j, which the database could not tell from another',
  (id) => {
    expect(vendorId.safeParse(id).success).toBe(false);
    expect(userSchema.safeParse({ id, userName: 'ada' }).success).toBe(false);
    expect(groupSchema.safeParse({ id, displayName: 'staff' }).success).toBe(false);
    expect(groupSchema.safeParse({ id: 'g1', displayName: 'staff', members: [{ value: id }] }).success).toBe(false);
  },
);
