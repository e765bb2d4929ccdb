import type { TicketText } from './ticket-text.ts'

export const networkTexts: TicketText[] = [
  {
    subject: 'No internet in room {room}',
    description:
      'Since this morning nobody in room {room} can open a web page. The laptops say they are connected to the Wi-Fi, but nothing loads. {colleague} next door is fine.',
    resolution:
      'The access point above room {room} had lost its uplink: the patch cable in the floor cabinet was loose. Plugged in again and secured with a clip.',
    again: 'The cable was damaged, not only loose. Replaced it and moved the access point to another switch port.',
    priority: 'high',
  },
  {
    subject: 'VPN drops every few minutes',
    description:
      'I work from home on {day}s and the VPN disconnects every five to ten minutes. I have to sign in again each time and lose whatever I had open on the file server.',
    resolution:
      'The home router closed idle UDP sessions. Switched the VPN profile to TCP with a keep-alive of 20 seconds; no drop in a two-hour test.',
    again:
      'It dropped again because the client had fallen back to the old profile after an update. Removed the old profile and pinned the new one.',
  },
  {
    subject: 'Guest Wi-Fi password does not work',
    description:
      'We have visitors in {room} all day and the password on the card at reception is refused. They are using my phone as a hotspot now.',
    resolution:
      'The guest password changes on the first of the month; the card was last month’s. Printed new cards, reception gets them by mail from now on.',
    priority: 'normal',
  },
  {
    subject: 'Video calls freeze in the afternoon',
    description:
      'Teams calls are fine until about two o’clock, then picture and sound freeze for several seconds at a time. A client asked whether we were calling from a train.',
    resolution:
      'The off-site backup started at 14:00 and filled the uplink. Moved it to 21:00 and gave calls priority on the firewall.',
    again:
      'The backup also ran after every change of its settings. It is limited to 20 Mbit/s during office hours now.',
    priority: 'high',
  },
  {
    subject: 'Network socket dead at my desk',
    description:
      'I moved to {room} last week. The socket under my desk does not seem to do anything, the docking station shows no link light. Wi-Fi works but is slow with the big drawings.',
    resolution: 'The socket was not patched. Connected it to the switch on the {floor} floor, 1 Gbit/s now.',
    priority: 'low',
  },
  {
    subject: 'File server extremely slow today',
    description:
      'Opening a folder on the shared drive takes half a minute, saving even longer. It is the same for everybody in our team since about nine.',
    resolution:
      'One of the two network cards of the file server had fallen back to 100 Mbit/s. Replaced the cable, both are at 10 Gbit/s again.',
    priority: 'high',
  },
  {
    subject: 'Cannot reach the accounting server from home',
    description:
      'The VPN says connected and mail works, but the accounting software says "server not found". In the office it works. Month end is on {day}!',
    resolution:
      'The new VPN address range was missing from the rule for the accounting server. Added it; tested together with {colleague}.',
    priority: 'high',
  },
  {
    subject: 'Whole {floor} floor offline',
    description:
      'Nothing works on the {floor} floor: no phones, no internet, no printers. About thirty people are standing around the coffee machine.',
    resolution:
      'The floor switch had lost power after a fuse tripped (kettle and heater on the same circuit). Switch moved to the emergency circuit, facilities informed.',
    priority: 'urgent',
  },
  {
    subject: 'Wi-Fi in the canteen is very weak',
    description: 'In the canteen one bar at most. We would like to hold the Friday stand-up there.',
    resolution:
      'Installed one more access point above the entrance of the canteen. Measured at least -62 dBm at every table.',
    priority: 'low',
  },
  {
    subject: 'Desk phone shows "no registration"',
    description:
      'The phone on my desk in {room} has shown "no registration" since yesterday evening. I cannot call out.',
    resolution:
      'The phone had been plugged into the data socket by the cleaners. Back in the right one and registered.',
  },
  {
    subject: 'Please open the firewall for the new courier portal',
    description:
      'The courier has a new portal at port 8443 and our browser says the connection timed out. We need it to book the pick-ups from {day}.',
    resolution: 'Opened outbound 8443 to the courier’s two addresses only. Booking tested by {colleague}.',
  },
  {
    subject: 'Web shop of a supplier is blocked as "gambling"',
    description:
      'When I want to order the ribbons at our usual supplier I get the red page saying category gambling. It is a stationery shop.',
    resolution: 'Wrong category at the filter’s vendor. Allowed the domain here and reported it to them.',
    priority: 'low',
  },
  {
    subject: 'Meeting room screen cannot be found',
    description:
      'The wireless screen in {room} does not show up on any laptop since the weekend. We have {client} here at 14:00.',
    resolution:
      'After its update the screen had joined the guest network. Put it back into the meeting-room network and switched automatic joining off.',
    priority: 'high',
    again: 'It went back to the guest network after a restart. Firmware rolled back, vendor ticket opened.',
  },
  {
    subject: 'Two PCs with the same IP address?',
    description:
      'Windows keeps telling me about an IP address conflict, and then I am offline for a minute. {colleague} has it too, never at the same time.',
    resolution:
      'A label printer had been given a fixed address out of the dynamic range. Moved it to a reservation, the conflict is gone.',
  },
  {
    subject: 'Upload to the printing house fails at 99 %',
    description:
      'Files over 2 GB stop at 99 % and start from the beginning. I have tried four times, the brochure is due today.',
    resolution:
      'The proxy cut uploads after ten minutes. The printing house’s address bypasses the proxy now; the brochure went through at the first try.',
    priority: 'high',
  },
  {
    subject: 'Wi-Fi asks for a certificate',
    description:
      'My phone now asks whether I trust a certificate when joining the office Wi-Fi. It is valid from yesterday. I have not accepted it, is that all right?',
    resolution:
      'Well spotted, and it is all right: the certificate was renewed. The fingerprint is on the intranet page so that everybody can compare it.',
    priority: 'low',
  },
  {
    subject: 'New warehouse scanner does not connect',
    description: 'The replacement scanner finds the network, but after the password it says "authentication failed".',
    resolution: 'The scanner knows WPA2 only. Registered it for the device network, where that is allowed.',
  },
  {
    subject: 'International calls are cut off after 30 seconds',
    description:
      'All calls to Switzerland end after half a minute or so. Calls within the country are fine. Tried from two phones.',
    resolution:
      'The provider had changed a session timer. Set ours to match; three test calls of ten minutes each went through.',
    again: 'The provider’s second gateway still had the old timer. They changed it, tested through both gateways.',
  },
  {
    subject: 'Remote desktop to my office PC says it is off',
    description:
      'Since the power cut at the weekend I cannot connect to my PC in {room}. I am working from home until {day}.',
    resolution: 'The PC was off. Started it and set its BIOS to switch on when power returns.',
  },
  {
    subject: 'Network cable across the corridor',
    description:
      'Somebody ran a yellow cable over the floor from {room} to the copy room. Nice that it works but I nearly fell over it.',
    resolution: 'It was a leftover of last week’s move. Cable removed, the copy room uses its own socket again.',
    priority: 'low',
  },
  {
    subject: 'DNS name for the new intranet',
    description: 'Could "handbook" lead to the new intranet page, as "wiki" did to the old one? Thanks!',
    resolution: 'Added handbook as a name. It may take an hour until every PC knows it.',
    priority: 'low',
  },
  {
    subject: 'Alarm system reports a lost connection',
    description:
      'The security company called: our alarm panel has been offline since 03:40. They will send a guard (and an invoice) tonight if it is not back.',
    resolution:
      'The panel’s switch port was blocked after too many errors. New cable, port enabled, the security company confirmed that it is online.',
    priority: 'urgent',
  },
  {
    subject: 'Slow connection to the Leipzig office',
    description:
      'Copying a project folder from Leipzig takes all morning. It used to be a coffee break. Started some time last week.',
    resolution:
      'Traffic between the offices took the backup line: the main tunnel had not come back after maintenance. Restarted it and added a check that warns us.',
  },
]
