/** `approvals` and `notify` in lockstep.yaml: who may release what waits, and who is told. */
import { z } from 'zod';
import { address, checked, duration, nonEmptyText, secretRef } from './notations.ts';
import { advice } from './problems.ts';

const publicKey = checked(nonEmptyText, (value) =>
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]+=*( .*)?$/.test(
    value,
  )
    ? undefined
    : advice('is not an SSH public key', 'copy the line of the .pub file: ssh-ed25519 AAAA…'),
);

const approver = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,39}$/, advice('is not a valid id', 'lower-case letters, digits, . _ and -'))
    .describe('Stands in the audit log; not an e-mail address.'),
  publicKey: publicKey.describe('One line, as in the .pub file.'),
});

export const approvals = z
  .strictObject({
    expireAfter: duration
      .refine(
        (milliseconds) => milliseconds >= 1_000,
        advice('is too short to approve anything', 'write at least 1s; 1d suits most'),
      )
      .default(24 * 60 * 60 * 1000)
      .describe('How long a plan may wait for approval, and an approval for being carried out; 1d unless set.'),
    approvers: z
      .array(approver)
      .default([])
      .describe('Whoever approves must sign with one of these SSH keys. Without any, whoever reaches Temporal may.'),
    signatures: z.int().min(1).max(2).default(1).describe('How many different approvers must sign: 1 or 2.'),
  })
  .superRefine(({ approvers, signatures }, context) => {
    const say = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (signatures === 2 && approvers.length < 2)
      say(['signatures'], advice('asks for two, but there are fewer approvers', 'list at least two approvers'));
    if (new Set(approvers.map(({ id }) => id)).size < approvers.length)
      say(['approvers'], advice('names one id twice', 'each approver needs an id of their own'));
    const keys = approvers.map(({ publicKey: key }) => key.split(' ').slice(0, 2).join(' '));
    if (new Set(keys).size < keys.length)
      say(['approvers'], advice('names one key twice', 'each approver needs a key of their own'));
  });

const mailAddress = z.email({ error: advice('is not an e-mail address', 'as in identity@example.com') });

export const notify = z.strictObject({
  webhook: z
    .strictObject({
      url: address.describe('Where notices are posted, signed as Standard Webhooks describe.'),
      secret: secretRef.describe('The key of the signature, as Standard Webhooks write it: whsec_…'),
    })
    .describe('An HTTP endpoint of yours.')
    .optional(),
  mail: z
    .strictObject({
      server: nonEmptyText
        .regex(/^smtps?:\/\/[^\s/]+$/, advice('is not a mail server', 'smtp://mail.example.com:587'))
        .describe('smtp:// (with STARTTLS) or smtps://.'),
      user: nonEmptyText.describe('Where the server asks for a login.').optional(),
      password: secretRef.describe('Goes with user.').optional(),
      from: mailAddress.describe('The sender.'),
      to: z
        .array(mailAddress)
        .min(1, advice('is empty', 'name at least one address'))
        .describe('Everybody who is told.'),
    })
    .describe('By SMTP.')
    .optional(),
});
