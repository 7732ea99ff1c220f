export const roles = ['customer', 'agent', 'admin'] as const;
export type Role = (typeof roles)[number];

export const everybody = ['customer', 'agent', 'admin'] as const;
export const staff = ['agent', 'admin'] as const;
export const adminOnly = ['admin'] as const;

/** Who acts: a person with a role, or the platform itself. Written into every audit entry. */
export type Actor = { readonly role: Role; readonly id: string } | { readonly role: 'system'; readonly id: string };

export const system = (id: string): Actor => ({ role: 'system', id });

export function isStaff(role: Actor['role']): boolean {
  return role === 'agent' || role === 'admin';
}
