import type { TicketText } from './ticket-text.ts'

export const softwareTexts: TicketText[] = [
  {
    subject: 'Excel crashes with the budget file',
    description:
      'Each time I open the budget workbook Excel closes without a word. Other files are fine. {colleague} can open it.',
    resolution: 'A broken add-in from an old version. Removed it and repaired Office; the workbook opens.',
    again: 'The add-in came back with the sign-in script. Taken out of the script, so it stays away now.',
  },
  {
    subject: 'Outlook search finds nothing',
    description:
      'Outlook no longer finds mails that I can see with my own eyes. Search for {client}: no results. I have 14 of them open.',
    resolution: 'The search index was damaged. Rebuilt it over night, results are complete again.',
  },
  {
    subject: 'CRM: "unexpected error 500" when saving a contact',
    description:
      'When I save a new contact for {client} the CRM shows "unexpected error 500". Everything I typed is gone. Three times now.',
    resolution:
      'The telephone field did not take brackets. Reported to the vendor; until their update, leave them out.',
    priority: 'high',
  },
  {
    subject: 'PDF forms cannot be filled in',
    description: 'I can open the holiday form but not type into it. It worked last month.',
    resolution: 'PDFs opened in the browser instead of the reader. Set the reader as default again.',
    priority: 'low',
  },
  {
    subject: 'Macro security blocks our price list',
    description:
      'Since the update Excel says macros from the internet are blocked, and our price list is one big macro. Sales cannot make offers.',
    resolution:
      'The price list is now in a trusted folder on the shared drive and signed. Short instruction sent to the sales team.',
    priority: 'high',
  },
  {
    subject: 'Cannot install the update of the tax software',
    description: 'The tax software wants an update and then asks for an administrator. I need the new forms by {day}.',
    resolution: 'Update installed, and the software added to those we update centrally.',
  },
  {
    subject: 'Teams shows me as away all day',
    description: 'I sit here and type, and my colleagues see me as away. My boss has asked already.',
    resolution: 'Teams was running twice. Removed the old version; the status follows again.',
    priority: 'low',
  },
  {
    subject: 'Deleted folder on the shared drive, please restore',
    description:
      'I believe I deleted the folder "{client} 2nd phase" on the shared drive this morning, around ten. Please tell me it is not gone.',
    resolution: 'It is not gone: restored from the snapshot of 09:00, 214 files. Please check those of this morning.',
    priority: 'high',
    again: 'Two subfolders were missing. Restored them from the snapshot of 08:00.',
  },
  {
    subject: 'Wrong date format in exported lists',
    description: 'The export from the warehouse system has American dates, so Excel turns 04.05. into April 5th.',
    resolution: 'The export follows the user’s language in the system. Set to the right one, dates are as expected.',
  },
  {
    subject: 'Licence for the drawing program has expired',
    description: 'The drawing program starts with "licence expired" for all three of us. We have a deadline on {day}.',
    resolution: 'The licence server had not fetched the renewal. Entered it by hand and put a reminder a month ahead.',
    priority: 'high',
  },
  {
    subject: 'Please install a picture editor',
    description: 'For the newsletter I need to crop and lighten photos. What is allowed? Nothing fancy.',
    resolution: 'Installed Paint.NET from the software centre, which is approved for everyone.',
    priority: 'low',
  },
  {
    subject: 'Invoice run stopped half way',
    description:
      'The invoice run stopped after number 388 of about 600 with "printer not available". I do not dare to start it again because of duplicates.',
    resolution:
      'Right not to: restarted it from 389 after checking the journal. The print server had run out of disk space, old jobs are now removed daily.',
    priority: 'urgent',
  },
  {
    subject: 'Calendar of the meeting room shows no bookings',
    description: 'The tablet at the door of {room} says "free" although we are sitting in it with an invitation.',
    resolution:
      'The tablet’s account had a new password it did not know. Signed it in again with a token that does not expire.',
    again: 'The room’s calendar had lost its sharing after the update of the tablet app. Shared it again.',
  },
  {
    subject: 'Word changes the font of our letterhead',
    description:
      'When I open the letter template the address is in Times instead of our font. At {colleague}’s PC it is right.',
    resolution: 'The house font was missing on this PC. It is part of the base installation now.',
    priority: 'low',
  },
  {
    subject: 'Time tracking does not accept yesterday',
    description:
      'I forgot to book my hours on {day}, and the app says the day is closed. My team lead can’t open it either.',
    resolution:
      'Opened the day for you until tonight. Team leads can do it themselves from version 4.2, which comes next week.',
  },
  {
    subject: 'Browser: intranet page is empty',
    description: 'The intranet start page is just white in Edge. In Firefox it is there.',
    resolution: 'An extension blocked its script. Removed the extension, it was not one of ours.',
  },
  {
    subject: 'Shared mailbox: sent mails do not appear',
    description:
      'When I answer from the info@ mailbox the sent mail lands in my own "Sent items", so the others answer the client a second time.',
    resolution: 'Changed the setting of the mailbox: copies of what is sent now stay in it, for everyone.',
  },
  {
    subject: 'Windows update restarted my PC during a presentation',
    description:
      'In the middle of the presentation for {client} the PC announced an update and was gone for ten minutes.',
    resolution: 'Active hours were set to 8–12. Now 7–19 for the whole department, updates come at night.',
  },
  {
    subject: 'Report takes 20 minutes',
    description:
      'The monthly sales report used to run for a minute or two. Now it takes more than twenty and sometimes ends with a timeout.',
    resolution: 'An index was missing after the last release. Vendor script applied, the report runs in 70 seconds.',
    again: 'It became slow again after the nightly import. The import now updates the statistics at its end.',
  },
  {
    subject: 'OneDrive: red cross on all files',
    description:
      'All my files have a red cross and a message about a name that is too long. I renamed a top folder yesterday.',
    resolution: 'Shortened the folder’s name; 1,203 files have synchronised, none is lost.',
  },
  {
    subject: 'Translation add-in does not start',
    description: 'Where the translation add-in used to be in Word there is just a grey square.',
    resolution: 'The add-in needed consent for its new version. Given centrally; restart Word and it is there.',
    priority: 'low',
  },
  {
    subject: 'ERP: delivery note prints the old address',
    description:
      'We moved {client} to a new address weeks ago; invoices are right, delivery notes still have the old one.',
    resolution:
      'Delivery addresses are kept apart from billing addresses. Changed it, and three others that were affected.',
  },
  {
    subject: 'Suspicious pop-up: "Your PC is infected, call now"',
    description:
      'A page with a loud voice says my PC is infected and I must call a number. I have not called. I cannot close it.',
    resolution:
      'A scareware advertisement, nothing was installed. Browser ended and reset, full scan without findings, page blocked. Well done not to call!',
    priority: 'high',
  },
  {
    subject: 'Signature has the wrong job title',
    description: 'My mail signature still says "trainee". I have been an account manager since spring :)',
    resolution: 'Title corrected in the directory, signatures follow within the hour. Congratulations!',
    priority: 'low',
  },
  {
    subject: 'Import of bank statements fails',
    description:
      'The import says "unknown format camt.053.001.08" since {day}. The bank says it announced the change in a letter.',
    resolution: 'Installed the new import filter. The statements since {day} are in.',
    priority: 'high',
  },
  {
    subject: 'Can we have dark mode in the CRM?',
    description: 'My eyes would thank you. Not urgent at all.',
    resolution: 'It exists: top right, your picture, Appearance. The vendor calls it "night".',
    priority: 'low',
  },
  {
    subject: 'Webinar software wants admin rights',
    description:
      'I give a webinar on {day} and the organiser’s software wants to install itself and asks for an admin.',
    resolution: 'The browser version does all you need; tested sound, camera and slides with {colleague}.',
  },
  {
    subject: 'Two versions of every calendar entry',
    description: 'All my appointments are there twice since I got the new phone. If I delete one, both go.',
    resolution: 'The phone synchronised the calendar through two accounts. One removed, duplicates cleaned up.',
    again: 'The car’s app had the calendar as well. Took its access away; entries are single now.',
  },
  {
    subject: 'Backup warning on my screen',
    description: 'A yellow triangle says my last backup was 31 days ago. Should I do something?',
    resolution:
      'The client had been waiting for a mains connection at night. It now backs up whenever it is plugged in.',
    priority: 'low',
  },
  {
    subject: 'Stock figures differ between shop and warehouse',
    description:
      'The web shop shows 12 of the oak frames, the shelf and the warehouse system say 0. We have sold four that do not exist.',
    resolution:
      'The nightly synchronisation had stopped at an article without a number. Fixed the article, figures agree.',
    priority: 'high',
  },
  {
    subject: 'Font too small on the new laptop',
    description: 'On the {laptop} everything is tiny, and when I make it bigger the accounting program is blurred.',
    resolution: 'Scaling at 150 % and the compatibility setting for the accounting program. Sharp, and readable.',
    priority: 'low',
  },
  {
    subject: 'Quote template calculates the wrong VAT',
    description:
      'The quote template puts 16 % on everything again. I noticed after two quotes to {client} had gone out.',
    resolution:
      'Somebody had opened an archived copy and saved it as the template. Template restored and write-protected.',
    priority: 'high',
  },
]
