// Materials for a population. Every name is made up; addresses are at example.com, which RFC 2606 keeps for examples.

export const FIRST_NAMES =
  'Ada Alan Amara Anders Anita Antonio Asha Astrid Bence Bilal Birgit Camille Carlos Chen Chiara Clara Dara Dieter Diego Elena Elif Emeka Emma Erik Esra Fatima Felix Freya Gabriel Giulia Grace Hana Hans Hedda Hugo Ibrahim Ines Ingrid Isaac Ivan Jana Jin João Jonas Julia Kaori Karim Katarzyna Kenji Lars Layla Leo Lin Linnea Lucas Magda Mai Marco Maria Mateo Mina Mohamed Nadia Nils Noor Nora Olga Oscar Otto Paula Pedro Petra Priya Rafael Rana Rosa Ruth Sami Sara Selma Sofia Stefan Sven Tara Theo Tomás Ulrike Uma Vera Victor Wanda Wei Xavier Yara Yusuf Zoë Zuzana'.split(
    ' ',
  );

export const LAST_NAMES =
  'Abbott Adeyemi Aguilar Ahmed Almeida Andersson Bakker Barros Bauer Becker Bergström Bianchi Bošković Brandt Carter Castillo Chowdhury Cohen Costa Dahl Dubois Dvořák Eriksen Evans Farah Fernández Fischer Fontaine Fujita García Gomes Grant Gupta Haddad Hansen Hartmann Hernández Hoang Hofmann Horváth Ito Ivanova Jansen Jensen Johansson Kaya Keller Khan Kim Kovács Kowalski Kumar Larsen Laurent Lehmann Li Lindgren Lopes Marino Martin Mbeki Meyer Moreau Müller Nakamura Nguyen Nielsen Novak Nowak Okafor Olsen Ortiz Park Patel Pereira Petrov Popescu Rahman Ricci Rossi Ryan Sato Schmidt Schneider Silva Singh Sørensen Suzuki Takahashi Tanaka Torres Turner Ueda Vargas Virtanen Walker Wang Weber Wójcik Yamamoto Yılmaz Zhang Zimmermann'.split(
    ' ',
  );

export const DEPARTMENTS = [
  'Engineering',
  'Product',
  'Design',
  'Sales',
  'Marketing',
  'Finance',
  'Legal',
  'People',
  'Support',
  'Operations',
] as const;

export const TITLES = [
  'Analyst',
  'Associate',
  'Coordinator',
  'Director',
  'Lead',
  'Manager',
  'Principal',
  'Specialist',
] as const;

export const PLACES = [
  { city: 'Amsterdam', countryCode: 'NL', locale: 'nl_NL', timezone: 'Europe/Amsterdam' },
  { city: 'Austin', countryCode: 'US', locale: 'en_US', timezone: 'America/Chicago' },
  { city: 'Berlin', countryCode: 'DE', locale: 'de_DE', timezone: 'Europe/Berlin' },
  { city: 'Lisbon', countryCode: 'PT', locale: 'pt_PT', timezone: 'Europe/Lisbon' },
  { city: 'London', countryCode: 'GB', locale: 'en_GB', timezone: 'Europe/London' },
  { city: 'Sydney', countryCode: 'AU', locale: 'en_AU', timezone: 'Australia/Sydney' },
  { city: 'Tokyo', countryCode: 'JP', locale: 'ja_JP', timezone: 'Asia/Tokyo' },
] as const;

export const GROUP_SUBJECTS = [
  'platform',
  'mobile',
  'payments',
  'search',
  'data',
  'security',
  'release',
  'research',
  'billing',
  'partners',
  'onboarding',
  'facilities',
  'analytics',
  'documentation',
  'quality',
] as const;

export const GROUP_KINDS = ['developers', 'reviewers', 'managers', 'leads', 'contractors', 'on-call'] as const;
