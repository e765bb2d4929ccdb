import type { TicketText } from './ticket-text.ts'

export const accountTexts: TicketText[] = [
  {
    subject: 'Locked out after the holidays',
    description: 'I am back from leave and my password is refused. After the third try it said the account is locked.',
    resolution: 'The password had expired during the leave. Unlocked, new password set by the user on the phone.',
    priority: 'high',
  },
  {
    subject: 'Access to the folder of {client}',
    description:
      'I help with {client} from {day} on and cannot open their folder on the shared drive. {colleague} agrees.',
    resolution: 'Added to the project group, with the agreement of {colleague} on file.',
    again: 'The subfolder with the contracts had rights of its own. Now it follows the project group.',
  },
  {
    subject: 'New phone, authenticator is gone',
    description:
      'I have a new phone and the authenticator is empty. I can’t sign in to mail from outside any more. I still have the old phone.',
    resolution: 'Old registration removed, new phone registered during a video call.',
    priority: 'high',
  },
  {
    subject: 'Please create an account for our intern',
    description: 'Our intern starts on {day} for three months. Mail, shared drive of marketing, no CRM please.',
    resolution: 'Account created with an end date, start password handed to the team lead in person.',
  },
  {
    subject: 'Name changed after my wedding',
    description:
      'My surname has changed. Could mail address and display name follow? The old address should still reach me.',
    resolution: 'Name and address changed, the old address stays as an alias. All the best!',
    again: 'The phone directory still had the old name; it takes it from the HR system, which is corrected now.',
    priority: 'low',
  },
  {
    subject: 'I get mails that are meant for somebody else',
    description:
      'For two days I have been receiving mails for {colleague} about salaries. I have not read on, but please stop that.',
    resolution:
      'A forwarding rule had been set on the wrong mailbox. Removed; the data protection officer and {colleague} have been told.',
    priority: 'urgent',
  },
  {
    subject: 'Colleague has left: mailbox access',
    description:
      '{colleague} left at the end of the month. Orders still arrive in that mailbox, who can see to them? Approval of HR is attached to the form.',
    resolution: 'Automatic answer with the new contact set, read access for the deputy for 90 days, sign-in disabled.',
  },
  {
    subject: 'Phishing? Mail from our "CEO" about gift cards',
    description:
      'I got a mail from our CEO who wants me to buy gift cards for clients and keep it secret. The address ends in a strange word. I have not answered.',
    resolution:
      'Phishing indeed. Sender blocked, the same mail removed from eleven other mailboxes, a warning went out to everyone. Thank you for telling us.',
    priority: 'high',
  },
  {
    subject: 'Cannot approve holiday requests',
    description:
      'I lead the team since the first of the month, but the HR portal does not show me any requests to approve.',
    resolution: 'The role "team lead" was missing in the portal. Assigned; two requests are waiting for you.',
  },
  {
    subject: 'Distribution list sales@ is out of date',
    description:
      'sales@ still has three people who have left, and two new ones are missing. List is in the mail from {colleague}.',
    resolution: 'List updated; from now on it follows the department in the directory.',
    priority: 'low',
  },
  {
    subject: 'Password manager does not open',
    description:
      'After the restart the password manager wants a "secret key". I have never seen one. All my passwords are in there.',
    resolution:
      'The key is in the emergency kit we keep in the safe. Opened, and the user has printed a kit of their own.',
    priority: 'high',
  },
  {
    subject: 'CRM account for the new sales colleague',
    description: 'Please a CRM account with the rights that {colleague} has. Start is {day}, desk is in {room}.',
    resolution: 'Account with the profile "sales inside" created, invitation was mailed.',
  },
  {
    subject: 'Signed out of everything every hour',
    description: 'Since last week I have to sign in with code to mail and Teams again and again, about every hour.',
    resolution: 'The laptop was no longer registered as one of ours, so it was treated as foreign. Registered again.',
    again:
      'The registration was lost when the laptop changed its name. Renamed and joined again, watched for two days.',
  },
  {
    subject: 'Door badge does not open the archive',
    description: 'My badge opens everything but the archive. I need to get at the files of {client}.',
    resolution: 'Right for the archive added until the end of the year, as agreed with facilities.',
    priority: 'low',
  },
  {
    subject: 'Mailbox is full',
    description: 'I cannot send any more, the mailbox is full. I have deleted the big attachments and emptied the bin.',
    resolution: 'Archive mailbox switched on: everything older than two years moves there by itself.',
  },
  {
    subject: 'Sign-in from Vietnam?',
    description:
      'I got a message that there was a sign-in to my account from Hanoi at 4 in the morning. I was in bed in Bristol.',
    resolution:
      'The attempt had been refused for want of the second factor. Password changed all the same, sessions ended, sign-ins from abroad need approval now.',
    priority: 'high',
  },
  {
    subject: 'Rights to install fonts',
    description: 'Design gets fonts from clients all the time. Do we have to write a ticket for each one?',
    resolution: 'No: fonts can be installed by everyone in the design group for themselves, without admin rights.',
    priority: 'low',
  },
  {
    subject: 'Supplier portal has forgotten our account',
    description: 'The ordering portal says our customer number does not exist. We ordered there last week.',
    resolution: 'They merged two companies. New customer number entered, passwords set again by {colleague}.',
  },
  {
    subject: 'Shared calendar for the vehicle pool',
    description: 'Could we have one calendar for the three cars that everyone may see and the front office may edit?',
    resolution: 'Three bookable resources instead of one calendar: double bookings are refused by themselves.',
    priority: 'low',
  },
  {
    subject: 'Wrong permissions: I can see the HR drive',
    description: 'I do not think I should be able to open the HR drive. I can. I closed it again at once.',
    resolution:
      'A nested group gave the whole office read access since {day}. Removed, access log handed to data protection.',
    priority: 'urgent',
  },
  {
    subject: 'Out-of-office of a sick colleague',
    description: '{colleague} is ill for longer and had no time to set an out-of-office reply. Text is approved by HR.',
    resolution: 'Reply set with the approved text, for inside and outside.',
  },
  {
    subject: 'First sign-in on new laptop fails',
    description: 'The new {laptop} says "your credentials could not be verified". With the old one it works.',
    resolution:
      'The laptop had never been in the office network. Signed in once by cable in {room}, since then it works anywhere.',
    again: 'The clock was an hour off after an empty battery, so the sign-in was refused. Time sync put right.',
  },
  {
    subject: 'Reset of the voicemail PIN',
    description:
      'I have forgotten the PIN of my voicemail. There are nine messages on it and I am a bit afraid of them.',
    resolution: 'PIN reset to a random one, sent by internal mail; it has to be changed on first use.',
    priority: 'low',
  },
  {
    subject: 'External auditor needs read access',
    description:
      'The auditors are here from {day} for two weeks and need to read the folder "Annual accounts". Two people, names are on the form.',
    resolution: 'Two guest accounts with read access to that one folder, ending by themselves after two weeks.',
  },
]
