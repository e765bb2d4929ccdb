import type { TicketText } from './ticket-text.ts'

export const hardwareTexts: TicketText[] = [
  {
    subject: 'Paper jam again: {printer}',
    description:
      'The {printer} jams on every second page since {day}. I have taken the paper out and put it in again, the other way round too. It squeaks.',
    resolution: 'Feed rollers worn out. Replaced them and cleaned the tray sensor; 200 pages without a jam.',
    again: 'The duplex unit jammed as well. Exchanged the unit under the maintenance contract.',
  },
  {
    subject: 'Laptop does not charge',
    description:
      'My {laptop} shows "plugged in, not charging" and is at 11 %. The charger of {colleague} makes no difference.',
    resolution:
      'The charging port was worn. Sent in under warranty, replacement laptop with the same files handed over.',
    priority: 'high',
  },
  {
    subject: 'Second monitor stays black',
    description:
      'After lunch my second monitor did not come back. The lamp is orange. Cable is in, I have switched it off and on.',
    resolution:
      'The docking station needed a firmware update after last night’s Windows update. Both screens are back.',
    again: 'It happened again after sleep. Replaced the DisplayPort cable by a certified one; tested sleep five times.',
  },
  {
    subject: 'Coffee in keyboard',
    description:
      'My own fault. The keyboard of my desktop PC had half a cup of coffee and now every line starts with ssss.',
    resolution: 'New keyboard from stock. The PC itself is dry.',
    priority: 'low',
  },
  {
    subject: 'Laptop fan is very loud',
    description:
      'The {laptop} sounds like a hair dryer as soon as I open a spreadsheet. People in calls ask what that noise is.',
    resolution:
      'Cleaned the fan, renewed the thermal paste, and ended a search index that had been running in circles.',
  },
  {
    subject: 'Mouse pointer jumps',
    description: 'The pointer jumps across the screen by itself, mostly when I want to click on something important.',
    resolution:
      'The wireless receiver was behind the metal leg of the desk. Moved to the front with a short extension.',
    priority: 'low',
  },
  {
    subject: 'Printer prints blank labels',
    description:
      'The label printer in shipping prints blank labels, one after the other. We are writing addresses by hand at the moment, forty parcels are waiting.',
    resolution:
      'Labels of another type had been loaded. Calibrated the printer for them and left the instruction on the lid.',
    priority: 'high',
  },
  {
    subject: 'New colleague starts on {day}: laptop please',
    description:
      'Our new colleague starts on {day} and will sit in {room}. Standard laptop, two monitors, headset please. The form is signed by our head of department.',
    resolution: 'A {laptop} with dock, monitors and headset is at the desk in {room}; first sign-in tested.',
  },
  {
    subject: 'Headset: others cannot hear me',
    description:
      'In Teams the others do not hear me with the new headset. I hear them well. With the built-in microphone it works.',
    resolution: 'The mute switch on the cable was on. Showed where it is; it happens to everyone.',
    priority: 'low',
  },
  {
    subject: 'Battery of my laptop is bulging',
    description:
      'The touchpad of my {laptop} has come up on one side and the case does not close any more. I have switched it off. Is that dangerous?',
    resolution:
      'A swollen battery, so it was right to switch it off. Collected it at once; battery replaced by the vendor and the old one disposed of.',
    priority: 'urgent',
  },
  {
    subject: 'Projector in {room} has a pink tint',
    description: 'Everything the projector shows is pink. We present to {client} on {day} and their logo is green.',
    resolution: 'One pin of the VGA cable was bent. Replaced it by HDMI, which is also on the table now.',
  },
  {
    subject: 'PC does not start, beeps three times',
    description: 'This morning my PC only beeps: three short ones, then nothing. The screen stays dark.',
    resolution: 'A memory module had failed. Replaced it, memory test ran for an hour without errors.',
    priority: 'high',
    again: 'It was the socket on the board, not the module. PC exchanged, disk moved to the new one.',
  },
  {
    subject: 'Toner is empty, and the spare one too',
    description: 'The {printer} asks for black toner. The box in the cupboard is empty as well.',
    resolution:
      'Two cartridges delivered, one of them is in. The printer reports low toner to us by itself from now on.',
    priority: 'low',
  },
  {
    subject: 'Docking station does not pass on the network',
    description:
      'With the lid closed on the dock I have no network; as soon as I pull it out and use Wi-Fi all is well. A {laptop}.',
    resolution: 'The network adapter of the dock went to sleep. Energy saving switched off for it and driver updated.',
  },
  {
    subject: 'Request: standing desk monitor arm',
    description:
      'I got one of the standing desks in {room}, the monitor does not reach high enough. Could I have an arm for it?',
    resolution: 'Arm mounted, cables fixed so that they reach at every height.',
    priority: 'low',
  },
  {
    subject: 'Scanner sends to a colleague who left',
    description:
      'When I scan at the {printer} and choose our department, the scan goes to {colleague}, who left in spring. Invoices included.',
    resolution: 'Corrected the address book of the device; scans go to the shared mailbox now.',
  },
  {
    subject: 'Server room is very warm',
    description:
      'I passed the server room on my round and it is hot in there, surely over 30 degrees. The air conditioning shows E5.',
    resolution:
      'The condensate pump had failed. Service was here within two hours; until then doors open with fans, two test servers shut down. Back at 21 °C.',
    priority: 'urgent',
  },
  {
    subject: 'Screen flickers',
    description:
      'The left screen flickers every few seconds, it gives me a headache. I have swapped the cables, it stays with the screen.',
    resolution: 'Panel defective. Exchanged for one from stock, return to the vendor is under way.',
  },
  {
    subject: 'USB stick is not recognised',
    description:
      'A client gave us photos on a USB stick and my PC says the device is blocked. They need it back today.',
    resolution:
      'Sticks are blocked on purpose. Checked it on the quarantine PC, no findings; photos are in your project folder, the stick is at reception.',
  },
  {
    subject: 'Touchpad does not click',
    description: 'The left side of my touchpad ({laptop}) no longer clicks. With an external mouse I get by.',
    resolution: 'Touchpad replaced by the vendor’s technician at the desk.',
    priority: 'low',
  },
  {
    subject: 'Colours on the plotter are wrong',
    description:
      'The large plotter prints all blues as violet since the paper was changed. Plans for {client} have to leave the house tomorrow.',
    resolution: 'Wrong paper profile after the change. Recalibrated for the new roll and printed the plans again.',
    priority: 'high',
    again: 'The blue print head was clogged too. Two cleaning cycles, then replaced; test chart is within tolerance.',
  },
  {
    subject: 'Webcam shows me upside down',
    description: 'Funny for a day, but could somebody please turn me round? In every programme, not only in Teams.',
    resolution: 'Installed the vendor’s driver instead of the generic one. You are the right way up.',
    priority: 'low',
  },
  {
    subject: 'Laptop fell down, hinge broken',
    description:
      'My {laptop} fell from the table on the train. It works, but the screen holds only when it leans against something.',
    resolution: 'Repair not worth it. Replaced by a {laptop}, data moved over, insurance form filled in.',
  },
  {
    subject: 'Card reader at the side door',
    description: 'The reader at the side door needs five or six tries until it accepts a card. It is raining on us.',
    resolution: 'Moisture in the reader. Replaced it and added a rain cover.',
  },
  {
    subject: 'Clock on the reception PC is wrong',
    description: 'The PC at reception is four minutes behind, and so are all visitor badges.',
    resolution: 'Its board battery was empty, and time sync was off. Both put right.',
    priority: 'low',
  },
  {
    subject: 'Old monitors to be collected',
    description:
      'There are seven old monitors in the corridor by {room} since the move. Fire safety asked us to clear it.',
    resolution: 'Collected and handed to the recycler, inventory updated.',
    priority: 'low',
  },
  {
    subject: 'PC switches off when I print',
    description: 'It sounds odd, but each time the laser printer under my desk starts, my PC goes off.',
    resolution: 'Both on one old power strip. New strip for the PC, the printer has its own socket.',
  },
  {
    subject: 'Scale at goods-in shows nothing on the PC',
    description:
      'The scale works, but its weight no longer arrives in the goods-in form. We type it in by hand. Since the new PC.',
    resolution: 'The new PC has no serial port. Installed an adapter and set the form to its port number.',
    again: 'The adapter’s port number changed after a restart. Pinned it in the device manager.',
  },
]
