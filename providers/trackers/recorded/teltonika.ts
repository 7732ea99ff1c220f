/** What Teltonika units say in Codec JSON: the firmware's own shape, with changed values. */
export const unit = {
  driving: {
    state: {
      reported: {
        ts: 1787306400030,
        pr: 0,
        latlng: '0.320500,32.579600',
        alt: 1189,
        ang: 183,
        sat: 11,
        sp: 28,
        evt: 0,
        '239': 1,
        '240': 1,
        '21': 4,
        '66': 11922,
        '67': 4110,
        '16': 6870,
        '24': 28,
        '179': 0,
      },
    },
  },
  asText: {
    state: {
      reported: {
        ts: '1787306405030',
        pr: '0',
        latlng: '0.320600,32.579700',
        alt: '1190',
        ang: '184',
        sat: '9',
        sp: '31',
        evt: '0',
        '239': '1',
        '66': '12010',
        '179': '0',
      },
    },
  },
  unplugged: {
    state: {
      reported: {
        ts: 1787306410030,
        pr: 1,
        latlng: '0.320700,32.579800',
        alt: 1190,
        ang: 0,
        sat: 10,
        sp: 0,
        evt: 252,
        '239': 0,
        '66': 0,
        '67': 3980,
        '113': 88,
        '179': 1,
        '252': 1,
      },
    },
  },
  withoutFix: {
    state: {
      reported: {
        ts: 1787306415030,
        pr: 0,
        latlng: '0.000000,0.000000',
        alt: 0,
        ang: 0,
        sat: 0,
        sp: 0,
        evt: 0,
        '239': 1,
        '66': 12100,
      },
    },
  },
  /** As the place was when the satellites were lost. */
  lastPlace: {
    state: {
      reported: {
        ts: 1787306420030,
        pr: 0,
        latlng: '0.320700,32.579800',
        alt: 1190,
        ang: 90,
        sat: 0,
        sp: 17,
        evt: 0,
        '239': 1,
      },
    },
  },
  answer: { RSP: 'Ver:03.28.07.Rev.00 GPS:AXN_5.10 Hw:FMB120 Mod:9' },
};
