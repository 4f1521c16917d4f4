"""The literature behind the numbers: one key per source, used wherever a number stands."""

from __future__ import annotations

__all__ = ["REFERENCES"]

#: Citation key -> reference. ``user``, ``assumed`` and ``computed`` are honest non-papers.
REFERENCES: dict[str, str] = {
    "user": "value given by the user of the program",
    "assumed": "assumed: no measurement was found",
    "computed": "fitted by this project to other parameters' published consequences (see the note)",
    "definition": "true by definition or by choice of the simulated condition",
    "AlmersRobertsRuff1984": "Almers W, Roberts WM, Ruff RL (1984) J Physiol 347:751-768",
    "AndersonStevens1973": "Anderson CR, Stevens CF (1973) J Physiol 235:655-691",
    "AuerbachAkk1998": "Auerbach A, Akk G (1998) J Gen Physiol 112:181-197",
    "CannonBrownCorey1993": "Cannon SC, Brown RH, Corey DP (1993) Biophys J 65:270-288",
    "ColquhounHawkes1982": "Colquhoun D, Hawkes AG (1982) Phil Trans R Soc B 300:1-59",
    "ColquhounSakmann1985": "Colquhoun D, Sakmann B (1985) J Physiol 369:501-557",
    "ColquhounOgden1988": "Colquhoun D, Ogden DC (1988) J Physiol 395:131-159",
    "ColquhounHattonHawkes2003": "Colquhoun D, Hatton CJ, Hawkes AG (2003) J Physiol 547:699-728",
    "DilgerLiu1992": "Dilger JP, Liu Y (1992) Pflugers Arch 420:479-485",
    "DodgeRahamimoff1967": "Dodge FA, Rahamimoff R (1967) J Physiol 193:419-432",
    "Edelstein1996": "Edelstein SJ et al. (1996) Biol Cybern 75:361-379",
    "ElenesAuerbach2002": "Elenes S, Auerbach A (2002) J Physiol 541:367-383",
    "FambroughHartzell1972": "Fambrough DM, Hartzell HC (1972) Science 176:189-191",
    "Fuglevand1993": "Fuglevand AJ, Winter DA, Patla AE (1993) J Neurophysiol 70:2470-2488",
    "GageVanHelden1979": "Gage PW, Van Helden D (1979) J Physiol 288:509-528",
    "KatzMiledi1965": "Katz B, Miledi R (1965) Proc R Soc B 161:483-495",
    "Land1984": "Land BR, Harris WV, Salpeter EE, Salpeter MM (1984) PNAS 81:1594-1598",
    "LeeFreeSine2009": "Lee WY, Free CR, Sine SM (2009) J Neurosci 29:3189-3199",
    "LeeSine2004": "J Gen Physiol, PMC2234004, Table II (attributed to Lee WY, Sine SM 2004)",
    "Lou2005": "Lou X, Scheuss V, Schneggenburger R (2005) Nature 435:497-501",
    "Luo2011": "Luo F, Dittrich M, Stiles JR, Meriney SD (2011) J Neurosci 31:11268-11281",
    "Magleby1973": "Magleby KL (1973) J Physiol 234:327-352",
    "Mishina1986": "Mishina M et al. (1986) Nature 321:406-411",
    "MaglebyZengel1982": "Magleby KL, Zengel JE (1982) J Gen Physiol 80:613-638",
    "NayakAuerbach2019": "J Gen Physiol (2019), PMC6445574, Table 1 (attributed to Nayak TK et al.,"
    " Auerbach A): human receptor, per-site binding and gating",
    "PNAS2005": "PNAS 102:87-92 (2005), PMC544059, diliganded gating of the mouse adult receptor",
    "PatonWaud1967": "Paton WDM, Waud DR (1967) J Physiol 191:59-90",
    "Rosenberry1975": "Rosenberry TL (1975) Adv Enzymol 43:103-218",
    "Ruiz2011": "Ruiz R et al. (2011) J Neurosci 31:2000-2008",
    "Salpeter1988": "Salpeter MM et al. (1988), alpha-toxin site density of mouse sternomastoid"
    " (BioNumbers 111067)",
    "Shahrezaei2006": "Shahrezaei V, Cao A, Delaney KR (2006) J Neurosci 26:13240-13249",
    "Shorten2007": "Shorten PR et al. (2007) J Muscle Res Cell Motil 28:293-313",
    "Slater2006": "Slater CR et al. (2006) Brain 129:2061-2076",
    "Slater2017": "Slater CR (2017) Int J Mol Sci 18:2183",
    "Stiles1996": "Stiles JR et al. (1996) PNAS 93:5747-5752",
    "Thomas1990": "Thomas CK et al. (1990) J Neurophysiol: human thenar motor units, twitch",
    "Thomas1991": "Thomas CK, Bigland-Ritchie B, Johansson RS (1991) J Neurophysiol 65:1509-1516",
    "WoodSlater2001": "Wood SJ, Slater CR (2001) Prog Neurobiol 64:393-429",
    "Mayo": "Mayo Clinic control end plates (Engel, Ohno and colleagues), recalled table",
    "RatDiaphragm": "rat diaphragm cable constants: Rm 520 ohm cm2, Cm 4.6 uF/cm2, Ri 213 ohm cm",
}
